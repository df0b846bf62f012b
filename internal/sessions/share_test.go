package sessions

import (
	"testing"
	"time"
)

func TestARoleIsBusyUntilItWantsLittle(t *testing.T) {
	t.Parallel()
	var s share
	now := time.Now()
	pass := func(looks int, u use) {
		for range looks {
			now = now.Add(lookEvery)
			s.add(u, now)
		}
	}
	pass(1, use{ran: time.Hour}) // of before anybody looked
	pass(20, use{ran: lookEvery / 4})
	if s.busy {
		t.Error("busy with a quarter of a processor")
	}
	pass(20, use{ran: lookEvery / 4, waited: 20 * lookEvery})
	if s.busy {
		t.Error("busy because of others that it waits for")
	}
	pass(2, use{ran: 2 * lookEvery})
	if !s.busy {
		t.Error("not busy with two processors for half a second")
	}
	pass(100, use{ran: lookEvery / 100, waited: lookEvery})
	if !s.busy {
		t.Error("taken for calm, as others left it nothing")
	}
	pass(20, use{ran: lookEvery / 100})
	if s.busy {
		t.Error("not calm, and wants nothing")
	}
}
