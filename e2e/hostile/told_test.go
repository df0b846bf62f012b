package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/attack"
)

func TestWhoseWorkspaceIsEndedIsToldWhy(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--workspace-server", filepath.Join(os.Getenv("LONGHOUSE_BIN"), "hostile", "workspace-server"))
	elm := m.SignUp(t, "elm")
	told := func(expect func(state, trouble string, restarts int) bool) {
		t.Helper()
		machine.Eventually(t, 60*time.Second, "the workspace to be shown as it is", func() error {
			var shown struct {
				State    string
				Instance struct {
					State, Trouble string
					Restarts       int
				}
			}
			m.CLI(t, elm.Token, &shown, "workspaces", "show", elm.Slug)
			if is := shown.Instance; shown.State != "running" || !expect(is.State, is.Trouble, is.Restarts) {
				return fmt.Errorf("it is shown as %+v", shown)
			}
			return nil
		})
	}
	told(func(state, trouble string, restarts int) bool {
		return state == "running" && trouble == "" && restarts == 0
	})
	if _, answered := find(t, m, elm.Workspace.ID).attack(t, "memory", attack.Aim{Most: 8 << 30}); answered {
		t.Fatal("it was not ended")
	}
	told(func(_, trouble string, restarts int) bool {
		return strings.Contains(trouble, "it was out of memory") && restarts == 1
	})
	told(func(state, _ string, _ int) bool { return state == "running" })
}
