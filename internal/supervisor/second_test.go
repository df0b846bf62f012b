package supervisor

import "testing"

// A child that gets a second socket, and then another program, refuses nobody on either.
func TestBothSocketsAreHandedOn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	one, other := freeAddress(t), freeAddress(t)
	v := s.life()
	first := s.keep(v, s.server("actor", one))
	v.release("actor") // as if it had been killed: what ends it does not start again
	both := s.server("actor", one)
	both.Also, both.Settings = other, "with a second one"
	v = s.life()
	second := s.keep(v, both)
	v.release("actor") // as if it had been killed: what ends it does not start again
	if a, b := s.ask(one), s.ask(other); a != second.PID() || b != second.PID() || a == first.PID() {
		t.Errorf("%d and %d answered, not %d", a, b, second.PID())
	}
	next := both
	next.Settings = "of another program"
	v = s.life()
	third := s.keep(v, next) // which takes both out of the process
	if third.adopted || v.socket("actor", listenerFD) == nil || v.socket("actor", secondFD) == nil {
		t.Error("a socket was not taken over")
	}
	if a, b := s.ask(one), s.ask(other); a != third.PID() || b != third.PID() {
		t.Errorf("%d and %d answered, not %d", a, b, third.PID())
	}
	s.must(third.Kill(t.Context()))
	if pid := s.ask(other); pid == third.PID() || pid == 0 {
		t.Errorf("%d answered", pid)
	}
	s.must(v.Stop(t.Context(), "actor"))
	if len(v.sockets) != 0 { // those of the lives before are still there, as these were not killed
		t.Errorf("held: %v", v.sockets)
	}
}
