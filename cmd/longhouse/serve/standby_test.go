package serve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// turn asks for the turn, and returns what says that it has it, or why not.
func turn(ctx context.Context, file, name string) <-chan error {
	has := make(chan error, 1)
	go func() {
		died, err := takeTurn(ctx, file, name)
		if died {
			err = errors.Join(err, errors.New("nobody died"))
		}
		has <- err
	}()
	return has
}

func TestOneWorkerHasTheTurnAndTheNextWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "worker.lock")
	says := func(want string) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil || strings.TrimSpace(string(data)) != strings.TrimSpace(want+" "+workerName()) {
			t.Errorf("%q, %v; want %s", data, err, want)
		}
	}
	first, end := context.WithCancel(t.Context())
	if err := <-turn(first, file, "worker-a"); err != nil {
		t.Fatal(err)
	}
	says("worker-a")
	impatient, leave := context.WithCancel(t.Context())
	gone := turn(impatient, file, "worker-c")
	second := turn(t.Context(), file, "worker-b")
	select {
	case err := <-second:
		t.Fatalf("two have the turn: %v", err)
	case err := <-gone:
		t.Fatalf("two have the turn: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	leave()
	if err := <-gone; err == nil {
		t.Error("who does not wait any more has the turn")
	}
	says("worker-a")
	end()
	select {
	case err := <-second:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody has the turn")
	}
	says("worker-b")
}

func TestWhoTakesOverKnowsWhetherTheOneBeforeDied(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{"": false, "worker-a 1.1.1\n": true} {
		file := filepath.Join(t.TempDir(), "worker.lock")
		if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
			t.Fatal(err)
		}
		if died, err := takeTurn(t.Context(), file, "worker-b"); err != nil || died != want {
			t.Errorf("after %q: %v, %v", said, died, err)
		}
	}
}
