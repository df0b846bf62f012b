package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// listen has a store's socket.
func listen(t *testing.T) net.Listener {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

// The store of the release before has no such route. Its keys are there all the same.
func TestAStoreThatDerivesNoKeysHasNotLostThem(t *testing.T) {
	t.Parallel()
	ln := listen(t)
	store := &http.Server{Handler: http.NewServeMux()}
	var serving sync.WaitGroup
	serving.Go(func() { _ = store.Serve(ln) })
	t.Cleanup(func() { _ = store.Close(); serving.Wait() })
	if _, err := NewClient(ln.Addr().String()).DeriveKey(t.Context(), "key", "backups"); err == nil || errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), "404") {
		t.Errorf("it says %v", err)
	}
}

func TestStoreThatNeverAnswersIsAnError(t *testing.T) {
	t.Parallel()
	ln := listen(t) // it takes connections, as the kernel does for it, and says nothing
	c := NewClient(ln.Addr().String())
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
