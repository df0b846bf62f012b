package proc

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// turnOf is how long the kernel lets a process run; 0 of a kernel that has the same for all.
func turnOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	attr, err := unix.SchedGetAttr(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(attr.Runtime)
}

func TestAChildHasTheTurnOfItsSpec(t *testing.T) {
	t.Parallel()
	usual := turnOf(t, 0)
	for turn, want := range map[Turn]time.Duration{OurTurn: usual, UsualTurn: usual, ShortTurn: min(usual, shortTurn)} {
		s := self("idle", t.TempDir()+"/up")
		s.Turn = turn
		p := start(t, s)
		if got := turnOf(t, p.PID()); got != want {
			t.Errorf("turn %d is %s", turn, got)
		}
	}
	if now := turnOf(t, 0); now != usual {
		t.Errorf("ours became %s", now)
	}
}
