package supervisor

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// leaver is a server that leaves on SIGUSR2.
func (s stage) leaver(address string) Child { return s.listening("leaver", "actor", address) }

// leave tells the process to leave and waits until it has said so.
func (s stage) leave(l *life, c Child) {
	s.Helper()
	s.must(l.Signal(syscall.SIGUSR2))
	s.eventually("it says so", func() bool {
		_, err := os.Stat(c.Spec.Env[1][len("FILE="):] + ".left")
		return err == nil
	})
}

// next waits for the process that took l's place.
func (s stage) next(v *Supervisor, l *life) *life {
	s.Helper()
	s.eventually("another process", func() bool { return v.kept["actor"].life() != l })
	return v.kept["actor"].life()
}

func TestNextStartsBesideOneThatIsLeaving(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v, address := s.life(), freeAddress(t)
	c := s.leaver(address)
	first := s.keep(v, c)
	s.leave(first, c)
	if pid := s.ask(address); pid == first.PID() || pid == 0 {
		t.Errorf("%d answered", pid)
	}
	second := s.next(v, first)
	if !running(first.Record()) || s.record("actor").Process != second.Record() {
		t.Error("the first was not left to finish, or is still the one that is written down")
	}
	s.must(first.Kill(s.deadline()))
	s.eventually("the first is forgotten", func() bool { return len(v.kept["actor"].leavers()) == 0 })
	if !running(second.Record()) || v.States()[0].Ends != 1 {
		t.Errorf("the second doesn't run, or %d ends were counted", v.States()[0].Ends)
	}
}

func TestStopEndsThoseThatAreLeaving(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.leaver(freeAddress(t))
	first := s.keep(v, c)
	s.leave(first, c)
	second := s.next(v, first)
	s.must(v.Stop(t.Context(), "actor"))
	if running(first.Record()) || running(second.Record()) {
		t.Error("one of them runs")
	}
}

func TestOneThatIsLeavingForTooLongIsEnded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.leaver(freeAddress(t))
	c.Grace = 200 * time.Millisecond
	first := s.keep(v, c)
	s.leave(first, c)
	if status, err := first.Wait(s.deadline()); err != nil || status.Signal != syscall.SIGKILL {
		t.Errorf("status = %v, %v", status, err)
	}
}

func TestAdoptedChildTellsThatItIsLeaving(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	c := s.leaver(address)
	_, err := s.life().start(c) // by a supervisor that was killed right after
	s.must(err)
	v := s.life()
	first := s.keep(v, c)
	if !first.adopted {
		t.Fatal("it was not adopted")
	}
	s.leave(first, c)
	if pid := s.ask(address); pid == first.PID() || pid == 0 {
		t.Errorf("%d answered", pid)
	}
	s.next(v, first)
}

func TestChildThatIsLeavingIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.leaver(freeAddress(t))
	first, err := s.life().start(c)
	s.must(err)
	s.must(c.Ready(s.deadline(), first.PID()))
	s.leave(first, c)
	second := s.keep(s.life(), c)
	if second.adopted || running(first.Record()) {
		t.Error("it was adopted, or still runs")
	}
}
