package admin

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestStoreThatNeverAnswersIsAnError(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", path) // it takes connections, as the kernel does for it, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	c := NewClient(path)
	c.within = 20 * time.Millisecond
	for name, call := range map[string]func(context.Context) error{
		"a question": func(ctx context.Context) error { _, err := c.Buckets(ctx); return err },
		"a change":   func(ctx context.Context) error { return c.PutBucket(ctx, "b", "o", "k") },
		"a deletion, whose caller can't wait as long as it may take": func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, c.within)
			defer cancel()
			return c.DeleteBucket(ctx, "b")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			go func() { ended <- call(t.Context()) }()
			select {
			case err := <-ended:
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("err = %v, want the end of its time", err)
				}
			case <-time.After(5 * time.Second):
				t.Error("it still waits")
			}
		})
	}
}
