package adoption

import (
	"fmt"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestWhatKillsWorkersKillsOnlyThoseForSuspects: one tenant's operations kill whoever does them. The worker of everybody dies of them
// once, and then it is the solos that do, while others sign up.
func TestWhatKillsWorkersKillsOnlyThoseForSuspects(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--lease", "10m")
	c := m.SignUp(t, "victim")
	var tenants []struct{ ID string }
	m.CLI(t, c.Token, &tenants, "tenants", "list")
	m.Faults(t, "kill:stop/route/in@"+tenants[0].ID)
	var stop struct{ Operation struct{ ID string } }
	m.CLI(t, c.Token, &stop, "workspaces", "stop", c.Slug)
	for visitor := 0; m.Ends(t, "solo-a", "solo-b") < 4; visitor++ {
		if visitor == 100 {
			t.Fatalf("solos died %d times", m.Ends(t, "solo-a", "solo-b"))
		}
		m.SignUp(t, fmt.Sprintf("visitor-%d", visitor))
		m.CLI(t, c.Token, nil, "operations", "retry", stop.Operation.ID) // or else it pauses ever longer
	}
	if n := m.Ends(t, "worker-a", "worker-b"); n != 1 {
		t.Errorf("workers of everybody died %d times", n)
	}
	m.Faults(t, "")
	_, _, _ = m.TryCLI(c.Token, "operations", "retry", stop.Operation.ID) // refused where it is over already
	if op := m.Ended(t, c.Token, stop.Operation.ID); op.State != "succeeded" {
		t.Errorf("it ended %s", op.State)
	}
	m.NoOrphans(t)
}
