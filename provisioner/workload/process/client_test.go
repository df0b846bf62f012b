package process

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestAgentThatNeverAnswersIsAnError(t *testing.T) {
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
	one := id.Show(id.Instance, id.New())
	d := workload.Desired{ID: one, Generation: 1, Binary: "/x", SHA256: strings.Repeat("0", 64)}
	short := func(ctx context.Context, call func(context.Context) error) error { // what drains gets its time from the caller
		ctx, cancel := context.WithTimeout(ctx, c.within)
		defer cancel()
		return call(ctx)
	}
	for name, call := range map[string]func(ctx context.Context) error{
		"apply":   func(ctx context.Context) error { return c.Apply(ctx, d) },
		"observe": func(ctx context.Context) error { _, err := c.Observe(ctx, one); return err },
		"list":    func(ctx context.Context) error { _, err := c.List(ctx); return err },
		"remove": func(ctx context.Context) error {
			return short(ctx, func(ctx context.Context) error { return c.Remove(ctx, one, 1) })
		},
		"stop all": func(ctx context.Context) error { return short(ctx, c.StopAll) },
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
