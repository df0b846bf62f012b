package machine

import (
	"fmt"
	"testing"
	"time"
)

// Operation is what `longhouse operations show` prints.
type Operation struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	State string `json:"state"`
	Steps []struct {
		Name     string `json:"name"`
		State    string `json:"state"`
		Attempts int    `json:"attempts"`
	} `json:"steps"`
}

// Ended waits until the operation is over and returns it.
func (m *Machine) Ended(t testing.TB, token, id string) Operation {
	t.Helper()
	var op Operation
	Eventually(t, 60*time.Second, "operation "+id+" to end", func() error {
		m.CLI(t, token, &op, "operations", "show", id)
		if op.State == "succeeded" || op.State == "undone" {
			return nil
		}
		return fmt.Errorf("it is %s: %+v", op.State, op.Steps)
	})
	return op
}
