package supervisor

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestStopEndsInTheOrderOfTheNames(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	var ends []string
	for _, name := range []string{"first", "second", "third"} {
		c := s.actor("interrupted", name)
		c.Stop = syscall.SIGINT
		s.keep(v, c)
		ends = append(ends, c.Spec.Env[1][len("FILE="):]+".end")
	}
	s.must(v.Stop(t.Context(), "third", "second", "first", "nobody"))
	var times []time.Time
	for _, file := range ends {
		text, err := os.ReadFile(file) // which it writes when it has been asked by its own signal
		s.must(err)
		at, err := time.Parse(time.RFC3339Nano, string(text))
		s.must(err)
		times = append(times, at)
	}
	if !times[0].After(times[1]) || !times[1].After(times[2]) {
		t.Errorf("they ended at %v", times)
	}
	for _, name := range []string{"first", "second", "third"} {
		s.forgotten(name)
	}
}

func TestStopKillsWhatIgnoresIt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.actor("stubborn", "actor")
	c.Grace = 20 * time.Millisecond
	l := s.keep(v, c)
	s.must(v.Stop(t.Context(), "actor"))
	if status, err := l.Wait(s.deadline()); err != nil || status.Signal != syscall.SIGKILL {
		t.Errorf("status = %v, %v", status, err)
	}
}

func TestEndOfStopsContextEndsTheGraceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.actor("stubborn", "actor")
	c.Grace = time.Hour
	l := s.keep(v, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.must(v.Stop(ctx, "actor"))
	if running(l.Record()) {
		t.Error("it runs")
	}
}

func TestStoppedChildIsNotRestarted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	l := s.keep(v, s.actor("idle", "actor"))
	k := v.kept["actor"]
	s.must(l.Signal(syscall.SIGKILL)) // the pause before the restart has begun, or is about to
	s.must(v.Stop(t.Context(), "actor"))
	<-k.done
	if left := strays(s.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStopEndsWhatAnEarlierLifeLeft(t *testing.T) {
	t.Parallel()
	s := setup(t)
	left := s.leftBehind()
	s.must(s.life().Stop(t.Context(), "actor"))
	if running(left) {
		t.Error("it runs")
	}
	s.forgotten("actor")
}

func TestUndoEndsWhatWasStartedAndLeavesWhatWasAdopted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	left := s.leftBehind()
	v := s.life()
	s.keep(v, s.alike())
	started := s.keep(v, s.actor("idle", "another"))
	if v.Started("actor") || !v.Started("another") || v.Started("nobody") {
		t.Error("started and adopted were mixed up")
	}
	s.must(v.Undo(t.Context(), "another", "actor", "nobody"))
	if started.Alive() {
		t.Error("what was started runs")
	}
	if !running(left) {
		t.Fatal("what was adopted was ended")
	}
	if l := s.keep(s.life(), s.alike()); l.PID() != left.PID {
		t.Error("the next life did not adopt it")
	}
}

func TestEndingChildIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.actor("stubborn", "actor")
	c.Grace = time.Hour
	v := s.life()
	l := s.keep(v, c)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- v.Stop(ctx, "actor") }()
	s.eventually("the record to say so", func() bool { return s.record("actor").Runs == "" })
	again, same := v.adopt(c)
	if again == nil || same {
		t.Error("it would be adopted")
	}
	cancel()
	s.must(<-stopped)
	if running(l.Record()) {
		t.Error("it runs")
	}
}
