package adoption

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestTheWorkerThatWaitsGoesOnAtOnce kills the worker that works while a workspace is stopped, over and over. Neither is the next one
// started first, nor does a lease have to run out, nor is what the dead one had in hand left for a sweep.
func TestTheWorkerThatWaitsGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--lease", "10m")
	for i := range 4 {
		first := m.AtWork(t)
		pid := m.Child(t, first)
		c := m.SignUp(t, fmt.Sprintf("tree-%d", i))
		var stop struct{ Operation struct{ ID string } }
		m.CLI(t, c.Token, &stop, "workspaces", "stop", c.Slug)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		machine.Eventually(t, 5*time.Second, "the one that waited to be at work", func() error {
			if m.AtWork(t) == first {
				return fmt.Errorf("%s is said to be", first)
			}
			return nil
		})
		if op := m.Ended(t, c.Token, stop.Operation.ID); op.State != "succeeded" {
			t.Errorf("what the dead one had in hand ended %s", op.State)
		}
		m.CLI(t, c.Token, nil, "workspaces", "start", c.Slug, "--wait")
		machine.Eventually(t, 20*time.Second, first+" to wait in its turn", func() error {
			if m.Child(t, first) == pid {
				return fmt.Errorf("it was not started again")
			}
			return nil
		})
	}
	m.NoOrphans(t)
}
