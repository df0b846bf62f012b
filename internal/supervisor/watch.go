package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
)

// How hung children are noticed: one that answered nothing so many times in a row, so far apart, is restarted. One that
// has not answered yet after a restart gets longer, as it may be recovering.
const (
	lookEvery   = 5 * time.Second
	lookWithin  = 5 * time.Second
	looksInVain = 3
	startLimit  = 5 * time.Minute
	hungGrace   = 2 * time.Second
)

// pause is how long a child that ended again is left alone.
var pause = backoff.Doubling{First: 100 * time.Millisecond, Most: 10 * time.Second}

var errHung = errors.New("it does not answer")

// watch starts the child again whenever it ends, hangs or is leaving, with growing pauses, until it shall not be kept any more.
func (s *Supervisor) watch(k *kept) {
	defer close(k.done)
	for failures := 0; ; {
		began, l := time.Now(), k.life()
		how := s.until(k, l)
		if how == released {
			return
		}
		if k.gotGoing(time.Since(began)) {
			failures = 0
		}
		k.ends.Add(1)
		if how == leaving {
			s.log.Warn("child is leaving, starting the next beside it", "child", k.Name, "pid", l.PID())
			k.goes(l)
			go s.seeOff(k, l)
		} else {
			s.log.Error("child ended, restarting it", "child", k.Name, "hung", how == hung, "last_words", l.lastWords(k.Child))
		}
		for restarted := false; !restarted; {
			failures++
			select {
			case <-k.stop:
				return
			case <-time.After(k.pause(failures)):
			}
			next, err := s.again(k.Child)
			if restarted = err == nil; restarted {
				k.set(next)
			} else {
				s.log.Error("restart failed", "child", k.Name, "error", err)
			}
		}
	}
}

// goingAfter is how long a child has lived that got going, and one whose work waits for it.
const (
	goingAfter      = time.Minute
	goingAgainAfter = 3 * time.Second
)

// againTimes is how often in a row a child whose work waits for it may end before it gets going, until it waits as any other.
const againTimes = 20

// gotGoing reports whether a child that lived so long got going: that it ended has another reason than before, then.
func (k *kept) gotGoing(lived time.Duration) bool {
	if k.Again.Most > 0 {
		return lived > goingAgainAfter
	}
	return lived > goingAfter
}

func (k *kept) pause(failures int) time.Duration {
	switch {
	case k.Again.Most == 0:
		return pause.After(failures)
	case failures > againTimes:
		return pause.After(failures - againTimes)
	default:
		return k.Again.After(failures)
	}
}

// mendWithin is how long Before may take.
const mendWithin = time.Minute

func (s *Supervisor) again(c Child) (*life, error) {
	if c.Before != nil {
		ctx, cancel := context.WithTimeout(context.Background(), mendWithin)
		defer cancel()
		if err := c.Before(ctx); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", c.Name, err)
		}
	}
	return s.start(c)
}

// fate is what becomes of a process that is kept.
type fate int

const (
	released fate = iota // it is not to be kept any more
	ended
	hung    // and was ended
	leaving // it finishes what it has in hand, and takes no more
)

// until returns when the process is not to be kept any more, or not the one to be kept.
func (s *Supervisor) until(k *kept, l *life) fate {
	looks := make(chan error)
	looking, stop := context.WithCancel(context.Background())
	defer stop()
	if k.Alive != nil {
		go look(looking, k.Alive, s.every, looks)
	}
	began, answered, inVain, how := time.Now(), l.worked, 0, ended
	for {
		select {
		case <-k.stop:
			return released
		case <-l.Done():
			return how
		case <-l.leaving:
			select {
			case <-l.Done():
				return how
			case <-time.After(dyingTakes):
				return leaving
			}
		case err := <-looks:
			if err == nil {
				answered, inVain = true, 0
				continue
			}
			inVain++
			if inVain < looksInVain || !answered && time.Since(began) < startLimit {
				continue
			}
			s.log.Error("child hangs, ending it", "child", k.Name, "pid", l.PID(), "error", err)
			stuck := k.Child
			stuck.Grace = min(stuck.Grace, hungGrace)
			if err := s.end(context.Background(), stuck, l.Process); err != nil {
				s.log.Error("a child that hangs can't be ended", "child", k.Name, "error", err)
				inVain = 0
				continue
			}
			how = hung
		}
	}
}

// look asks the child again and again, and tells the answers.
func look(ctx context.Context, alive func(context.Context) error, every time.Duration, answers chan<- error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, cancel := context.WithTimeoutCause(ctx, lookWithin, errHung)
		err := alive(within)
		cancel()
		select {
		case <-ctx.Done():
			return
		case answers <- err:
		}
	}
}
