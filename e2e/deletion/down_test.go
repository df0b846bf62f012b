package deletion

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestADeletionIsSeenThroughWhileAPartIsDown stops a part, and asks for a deletion. The supervisor restarts what hangs.
func TestADeletionIsSeenThroughWhileAPartIsDown(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	elm := settle(t, m, "elm")
	for _, part := range []string{"agent", "store", "pg-cell"} {
		t.Run(part, func(t *testing.T) {
			c := m.SignUp(t, "while-"+part)
			freeze(t, m, part)
			m.CLI(t, c.Token, nil, "workspaces", "delete", c.Slug, "--now", "--yes")
			m.CLI(t, elm.Token, nil, "workspaces", "delete", "elm") // which somebody regrets before anything came of it
			m.CLI(t, elm.Token, nil, "workspaces", "undelete", "elm")
			machine.Eventually(t, 3*time.Minute, "the removal to be certified", func() error {
				_, stderr, err := m.TryCLI(c.Token, "workspaces", "certificate", c.Slug, "--out", filepath.Join(t.TempDir(), "certificate"))
				if err != nil {
					return fmt.Errorf("%w: %s", err, stderr)
				}
				return nil
			})
			machine.Eventually(t, 3*time.Minute, "the other one to be back", func() error {
				var ws struct {
					State string `json:"state"`
				}
				m.CLI(t, elm.Token, &ws, "workspaces", "show", "elm")
				if ws.State != "running" {
					return fmt.Errorf("it is %s", ws.State)
				}
				return elm.whole(t)
			})
			m.SignUp(t, "after-"+part) // which takes what that part does, anew
		})
	}
	m.NoOrphans(t)
}

// freeze has a part hang until it is ended.
func freeze(t *testing.T, m *machine.Machine, part string) {
	t.Helper()
	if err := syscall.Kill(-m.Child(t, part), syscall.SIGSTOP); err != nil {
		t.Fatalf("stop %s: %v", part, err)
	}
}
