package proc

import (
	"os"
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

func TestAProcessMakesWayAndIsBroughtBack(t *testing.T) {
	t.Parallel()
	usual := turnOf(t, 0)
	s := self("idle", t.TempDir()+"/up")
	s.Turn = ShortTurn
	p := start(t, s)
	for _, want := range []struct {
		makes bool
		turn  time.Duration
		nice  int32
	}{{true, usual, leastWeight}, {false, min(usual, shortTurn), 0}} {
		MakeWay(p.PID(), want.makes)
		attr, err := unix.SchedGetAttr(p.PID(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if turn := time.Duration(attr.Runtime); turn != want.turn || attr.Nice != want.nice && os.Geteuid() == 0 {
			t.Errorf("makes way %t: turn %s, nice %d", want.makes, turn, attr.Nice)
		}
	}
}
