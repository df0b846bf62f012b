package headofline

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// deathsEach is how often the only worker dies of operations in a step.
const deathsEach = 3

// inTrouble brings operations to the spot, lets them hang, kill and panic there, and returns how long others waited
// beside each. A sound worker ends what is left.
func (v *victim) inTrouble(t *testing.T, others *visitors, s spot) map[string][]float64 {
	v.prepare(t, s)
	took := map[string][]float64{}
	took["hang"] = v.hang(t, others, s)
	took["kill"] = v.kill(t, others, s)
	took["panic"] = v.panics(t, others, s)
	v.hurry(t)
	w := v.machine.Worker(t, "")
	defer w.Stop(t)
	v.calm(t)
	others.leave(t)
	v.calm(t)
	return took
}

// hang asks for the operations, and measures while as many as may go on hang.
func (v *victim) hang(t *testing.T, others *visitors, s spot) []float64 {
	w := v.machine.Worker(t, s.faults("hang", v.tenant))
	defer w.Stop(t)
	if s.ofNobody() {
		others.arrive(t) // takes a blank, so that one is missing
	} else {
		v.ask(t, s.kind, crowd)
	}
	v.full(t, s)
	took := []float64{others.arrive(t)}
	v.mostAtATime(t)
	v.full(t, s)
	if !s.ofNobody() && v.told(t) == 0 {
		t.Errorf("of %d operations none was told to wait for a place", crowd)
	}
	return took
}

// kill measures while the only worker dies of the operations, and is started again, over and over.
func (v *victim) kill(t *testing.T, others *visitors, s spot) (took []float64) {
	var deaths atomic.Int64
	done, over := make(chan struct{}), make(chan struct{})
	go func() { defer close(over); v.revive(t, s.faults("kill", v.tenant), done, &deaths) }()
	defer func() {
		close(done)
		<-over
	}()
	machine.Eventually(t, time.Minute, "the worker to die in "+s.name(), func() error {
		if deaths.Load() == 0 {
			return errors.New("it lives")
		}
		return nil
	})
	// Others come one after the other until it died again and again: before, while and after it does.
	for deadline := time.Now().Add(time.Minute); deaths.Load() < deathsEach; {
		if time.Now().After(deadline) {
			t.Fatalf("the worker died %d times of %d in %s", deaths.Load(), deathsEach, s.name())
		}
		took = append(took, others.arrive(t))
	}
	return took
}

func (v *victim) revive(t *testing.T, faults string, done <-chan struct{}, deaths *atomic.Int64) {
	for {
		w := v.machine.Worker(t, faults)
		select {
		case <-done:
			w.Stop(t)
			return
		case <-w.End:
			w.Stop(t)
			deaths.Add(1)
		}
	}
}

// panics measures while every attempt at the step panics.
func (v *victim) panics(t *testing.T, others *visitors, s spot) (took []float64) {
	before := v.tries(t, s)
	w := v.machine.Worker(t, s.faults("panic", v.tenant))
	defer w.Stop(t)
	machine.Eventually(t, time.Minute, "an attempt that panics in "+s.name(), func() error {
		if v.hurry(t); v.tries(t, s) == before {
			return errors.New("there is none")
		}
		return nil
	})
	took = append(took, others.arrive(t))
	select {
	case <-w.End:
		t.Errorf("a panic in %s ended the worker", s.name())
	default:
	}
	return took
}
