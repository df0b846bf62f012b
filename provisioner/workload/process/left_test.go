package process

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

func TestWhatAnAgentLeftRunningIsStoppedWithoutIt(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	before := m.run(t, d)
	if err := StopLeft(t.Context(), m.cfg.Dir); err == nil || !strings.Contains(err.Error(), "another agent runs on ") {
		t.Errorf("beside an agent: %v", err)
	}
	m.kill(t)
	if err := StopLeft(t.Context(), m.cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := proc.Leader(before.PID); err == nil {
		t.Errorf("process %d still runs", before.PID)
	}
	m.start(t)
	if after := m.serving(t, d.ID); after.PID == before.PID {
		t.Errorf("process %d was adopted", after.PID)
	}
}

func TestWhereNoAgentEverRanNothingIsLeft(t *testing.T) {
	t.Parallel()
	if err := StopLeft(t.Context(), t.TempDir()); err != nil {
		t.Error(err)
	}
}
