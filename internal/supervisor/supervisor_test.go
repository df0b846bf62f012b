package supervisor

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/proc"
)

func TestKeepStartsAndWaitsUntilReady(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.actor("idle", "actor")
	l := s.keep(s.life(), c)
	if !l.Alive() || l.adopted {
		t.Error("no child of our own runs")
	}
	if r := s.record("actor"); r.Process != l.Record() {
		t.Errorf("the record names %+v, and it is %+v", r.Process, l.Record())
	}
	if text, err := os.ReadFile(strings.TrimPrefix(c.Spec.Env[1], "FILE=")); err != nil || string(text) != "up" {
		t.Errorf("Keep returned before the child was ready: %v", err)
	}
}

func TestChildThatEndsWhileStartingIsNotKeptAndItsLastWordsAreTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ role, want string }{
		{"mortal", "actor ended while it was starting: the database is on fire (see "},
		// Not with what an earlier process said.
		{"mute", "actor ended while it was starting: it said nothing (see "},
	} {
		s := setup(t)
		s.must(os.WriteFile(s.dir+".log", []byte("an older line\n"), 0o600))
		v := s.life()
		err := v.Keep(s.deadline(), s.actor(c.role, "actor"))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: err = %v", c.role, err)
		}
		if len(v.kept) != 0 {
			t.Errorf("%s: it is kept", c.role)
		}
		s.forgotten("actor")
	}
}

func TestSomebodyElsesAnswerDoesNotMakeADeadChildReady(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.actor("mortal", "actor")
	c.Ready = func(ctx context.Context, _ int) error { <-ctx.Done(); return nil } // answers, but only after the child's end
	if err := v.Keep(s.deadline(), c); err == nil || !strings.Contains(err.Error(), "ended while it was starting") {
		t.Fatalf("err = %v", err)
	}
}

func TestChildThatNeverGetsReadyDoesNotRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	c := s.actor("idle", "actor")
	up := c.Ready
	c.Ready = func(ctx context.Context, _ int) error {
		if err := up(ctx, 0); err != nil {
			return err
		}
		return errors.New("it is not ready yet")
	}
	err := v.Keep(s.deadline(), c)
	if err == nil || err.Error() != "wait for actor: it is not ready yet" {
		t.Fatalf("err = %v", err)
	}
	if left := strays(s.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	s.forgotten("actor")
}

func TestEndOfContextEndsAStartAndWhatItStarted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := s.actor("idle", "actor")
	up := c.Ready
	c.Ready = func(ctx context.Context, _ int) error {
		if err := up(ctx, 0); err != nil {
			return err
		}
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if err := s.life().Keep(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v", err)
	}
	if left := strays(s.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestKilledChildIsRestartedAndRemembered(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	first := s.keep(v, s.actor("idle", "actor"))
	for range 2 {
		before := v.kept["actor"].life()
		s.must(before.Signal(syscall.SIGKILL))
		s.eventually("a new process", func() bool { return v.kept["actor"].life() != before })
		now := v.kept["actor"].life()
		if r := s.record("actor"); !now.Alive() || r.Process != now.Record() {
			t.Fatalf("the record names %+v, and it is %+v", r.Process, now.Record())
		}
	}
	if running(first.Record()) {
		t.Error("the killed one runs")
	}
	if got := v.States(); !slices.Equal(got, []State{{Name: "actor", Runs: true, Ends: 2}}) {
		t.Errorf("%+v", got)
	}
}

func TestChildrenCanBeKeptAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	failures := make(chan error)
	names := []string{"a", "b", "c", "d"}
	for _, name := range names {
		go func() { failures <- v.Keep(s.deadline(), s.actor("idle", name)) }()
	}
	for range names {
		s.must(<-failures)
	}
	var records []proc.Record
	for _, name := range names {
		records = append(records, s.record(name).Process)
	}
	s.must(v.Stop(t.Context(), names...))
	for i, r := range records {
		if running(r) {
			t.Errorf("%s runs", names[i])
		}
	}
}

func TestAChildWhoseWorkWaitsIsNotLeftAloneForLong(t *testing.T) {
	t.Parallel()
	const most = 500 * time.Millisecond
	waited, other := &kept{Child: Child{Again: backoff.Doubling{First: most, Most: most}}}, &kept{}
	for failures := range againTimes + 1 {
		if got := waited.pause(failures); got > most {
			t.Errorf("after %d ends it is left alone for %s", failures, got)
		}
	}
	if got := waited.pause(2 * againTimes); got <= most {
		t.Errorf("it does not get going, and is left alone for %s", got)
	}
	if got := other.pause(20); got <= most {
		t.Errorf("any other is left alone for %s after 20 ends", got)
	}
	if lived := goingAgainAfter + 1; !waited.gotGoing(lived) || waited.gotGoing(time.Second) || other.gotGoing(lived) || !other.gotGoing(goingAfter+1) {
		t.Error("who got going is taken for one that did not, or the other way round")
	}
}
