package up

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// An agent that is ended in the middle of its start, as another part could not start, was never kept.
func TestInstancesOfAnAgentThatWasNeverKeptAreEnded(t *testing.T) {
	t.Parallel()
	h := setup(t)
	must(t, os.MkdirAll(filepath.Join(h.layout.Root, "agent"), 0o700))
	left, err := proc.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"600"}, LogFile: h.path("sleep.log"),
		Env: []string{workload.AdminListenVariable + "=unix:" + filepath.Join(h.layout.Root, "run", "abcdefgh", "admin", "s")}})
	must(t, err)
	t.Cleanup(func() { _ = left.Kill(context.Background()) })
	m := &machine{layout: h.layout, log: quiet}
	m.children, err = supervisor.New(h.layout.Children(), quiet)
	must(t, err)
	must(t, m.stopInstances(t.Context()))
	if left.Alive() {
		t.Error("an instance goes on without an agent")
	}
}
