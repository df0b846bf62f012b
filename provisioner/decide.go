package provisioner

import (
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/tenants"
)

// move is the one thing to do next for an operation.
type move int

const (
	do      move = iota // do the step
	undo                // take the step back
	succeed             // all is done
	giveUp              // all is taken back
	rest                // it is over already
)

// facts are what a decision is made of.
type facts struct {
	state tenants.Progress
	steps []string // the steps' states, in order
}

// decide names the next move, and the step that it is about.
func decide(f facts) (move, int) {
	switch f.state {
	case tenants.Queued, tenants.Going:
		for i, state := range f.steps {
			if state != stepDone {
				return do, i
			}
		}
		return succeed, 0
	case tenants.Undoing:
		for i := len(f.steps) - 1; i >= 0; i-- {
			if state := f.steps[i]; state != stepWaiting && state != stepUndone {
				return undo, i
			}
		}
		return giveUp, 0
	default:
		return rest, 0
	}
}

// The states of a step.
const (
	stepWaiting = "waiting"
	stepRunning = "running"
	stepDone    = "done"
	stepUndoing = "undoing"
	stepUndone  = "undone"
)

var stepStates = []string{stepWaiting, stepRunning, stepDone, stepUndoing, stepUndone}

// turn is what happens after a step could not be done or taken back.
type turn int

const (
	again turn = iota // try the same step later
	back              // take everything back
)

// setback is a step that failed.
type setback struct {
	state     tenants.Progress
	attempts  int  // how often the step was tried in this direction
	onward    bool // the operation is never taken back
	permanent bool // trying again can't help
}

// doAttempts is how often a step is tried before everything is taken back: with the pauses between them about a minute
// and a half, which a part of a cell may need to come back.
const doAttempts = 10

// react says what to do about a setback. Taking back is never given up: nobody else would free what is held.
func react(s setback) turn {
	switch {
	case s.onward, s.state == tenants.Undoing:
		return again
	case s.permanent || s.attempts >= doAttempts:
		return back
	default:
		return again
	}
}

// pause is how long to wait before the next attempt.
var pause = backoff.Doubling{First: 200 * time.Millisecond, Most: 30 * time.Second}
