package terraform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stuckBuckets holds up whoever makes a bucket, and says so once.
type stuckBuckets struct {
	Buckets
	entered chan struct{}
}

func (b stuckBuckets) EnsureBucket(ctx context.Context, _ string) error {
	select {
	case b.entered <- struct{}{}:
		<-ctx.Done()
	case <-ctx.Done():
	}
	return ctx.Err()
}

func TestKilledRunLeavesNoLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stuck := b.stack()
	entered := make(chan struct{})
	stuck.Provider.Buckets = stuckBuckets{b.buckets, entered}
	ended := make(chan error, 1)
	go func() { _, err := b.Apply(context.Background(), stuck); ended <- err }()
	select {
	case <-entered:
	case err := <-ended:
		t.Fatalf("ended before it was killed: %v", err)
	}
	kill(t, filepath.Join(b.dir, stuck.Name))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the killed run says %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := b.Apply(ctx, b.stack()); err != nil {
		t.Errorf("the next run: %v", err)
	}
	if drift, err := b.Drift(ctx, b.stack()); err != nil || len(drift.Changes) != 0 {
		t.Errorf("drift after the next run: %+v, %v", drift, err)
	}
}

// kill ends the terraform that works in dir, and nothing else.
func kill(t *testing.T, dir string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, cwd := range all {
		if at, err := os.Readlink(cwd); err == nil && at == dir {
			pid := 0
			for _, digit := range filepath.Base(filepath.Dir(cwd)) {
				pid = pid*10 + int(digit-'0')
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no terraform works in %s", dir)
}

func TestCancelledRunSaysSoAndLeavesNoLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stuck := b.stack()
	entered := make(chan struct{})
	stuck.Provider.Buckets = stuckBuckets{b.buckets, entered}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if _, err := b.Apply(ctx, stuck); !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled run says %v", err)
	}
	b.apply(t)
}
