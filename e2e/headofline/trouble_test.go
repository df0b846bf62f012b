package headofline

import (
	"errors"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// Who works.
var (
	ofAll  = []string{"worker-a", "worker-b"}
	ofSolo = []string{"solo-a", "solo-b"}
)

// solosDie is how often solos die in a step while others arrive.
const solosDie = 2

// inTrouble brings operations to the spot, lets them hang, kill and panic there, and returns how long others waited
// beside each. Then the trouble is over, and all of them end.
func (v *victim) inTrouble(t *testing.T, others *visitors, s spot) map[string][]float64 {
	v.prepare(t, s)
	defer v.machine.Faults(t, "") // also where the test ends early: what comes next has its own trouble
	took := map[string][]float64{}
	took["hang"] = v.hang(t, others, s)
	took["kill"] = v.kill(t, others, s)
	took["panic"] = v.panics(t, others, s)
	v.machine.Faults(t, "")
	v.hurry(t)
	v.calm(t)
	others.leave(t, v)
	return took
}

// hang asks for the operations, and measures while as many as may go on hang.
func (v *victim) hang(t *testing.T, others *visitors, s spot) []float64 {
	v.machine.Faults(t, s.faults("hang", v.tenant))
	v.begin(t, others, s)
	v.full(t, s)
	if s.kind == "discard" {
		v.write(t, "update cells set state = 'ready' where state = 'draining'")
		v.fill(t)
	}
	took := []float64{others.arrive(t)}
	v.mostAtATime(t)
	v.full(t, s)
	if !s.ofNobody() && v.told(t) == 0 {
		t.Errorf("of %d operations none was told to wait for a place", crowd)
	}
	return took
}

// begin has operations of the kind asked for.
func (v *victim) begin(t *testing.T, others *visitors, s spot) {
	switch s.kind {
	case "prepare":
		others.arrive(t) // takes a blank, so that one is missing
	case "discard":
		v.write(t, "update cells set state = 'draining' where state = 'ready'")
	default:
		v.ask(t, s.kind, crowd)
	}
}

// kill measures while the operations kill who does them: the worker of everybody once, and then solos.
func (v *victim) kill(t *testing.T, others *visitors, s spot) (took []float64) {
	workers, solos := v.machine.Ends(t, ofAll...), v.machine.Ends(t, ofSolo...)
	// Those of nobody may have come from the spot before, and solos then work all of their kind.
	suspects := v.count(t, "select count(*) from operations o where o.suspect and o.kind = '"+s.kind+"' and "+isOpen)
	v.machine.Faults(t, s.faults("kill", v.tenant))
	for deadline := time.Now().Add(time.Minute); v.machine.Ends(t, ofSolo...)-solos < solosDie; {
		if time.Now().After(deadline) {
			t.Fatalf("solos died %d times of %d in %s", v.machine.Ends(t, ofSolo...)-solos, solosDie, s.name())
		}
		v.hurry(t)
		took = append(took, others.arrive(t))
	}
	if n := v.machine.Ends(t, ofAll...) - workers; n > 1 || n == 0 && suspects == 0 {
		t.Errorf("the worker of everybody died %d times in %s, with %d suspects at first", n, s.name(), suspects)
	}
	return took
}

// panics measures while every attempt at the step panics.
func (v *victim) panics(t *testing.T, others *visitors, s spot) (took []float64) {
	workers, before := v.machine.Ends(t, ofAll...), v.tries(t, s)
	v.machine.Faults(t, s.faults("panic", v.tenant))
	machine.Eventually(t, time.Minute, "attempts that panic in "+s.name(), func() error {
		if v.hurry(t); v.tries(t, s) < before+2 { // the first may still have been killed
			return errors.New("there are none")
		}
		return nil
	})
	took = append(took, others.arrive(t))
	if v.machine.Ends(t, ofAll...) != workers {
		t.Errorf("a panic in %s ended a worker", s.name())
	}
	return took
}
