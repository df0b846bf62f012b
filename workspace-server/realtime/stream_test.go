package realtime

import "testing"

func numbers(s *stream) (out []int64) {
	for {
		_, seq, ok := s.unsent()
		if !ok {
			return out
		}
		out = append(out, seq)
	}
}

func TestAStreamKeepsTheLastEventsForItsReturn(t *testing.T) {
	t.Parallel()
	s := &stream{}
	for range 1000 {
		s.put(Posted, frame("x"))
	}
	if _, ok := s.resume(&socket{writing: true}, 1000-deadQueue); !ok {
		t.Fatal("the dead queue is shorter than promised")
	}
	if got := numbers(s); len(got) != deadQueue || got[0] != 1000-deadQueue || got[deadQueue-1] != 999 {
		t.Fatalf("replayed %d events from %d", len(got), got[0])
	}
	for _, bad := range []int64{-1, 0, 1001, 1 << 40} {
		if _, ok := s.resume(&socket{writing: true}, bad); ok {
			t.Errorf("resumed at %d", bad)
		}
	}
	if _, ok := s.resume(&socket{writing: true}, 1000); !ok || len(numbers(s)) != 0 {
		t.Error("a client that missed nothing was not resumed with nothing")
	}
}

func TestABusyStreamDropsWhatCanBeLost(t *testing.T) {
	t.Parallel()
	s := &stream{socket: &socket{writing: true}}
	for range sendQueue/2 + 1 {
		s.put(Posted, frame("x"))
	}
	before := s.next
	s.put(Typing, frame("x"))
	if s.next != before {
		t.Error("a typing event was queued for a client that lags behind")
	}
	if s.put(Posted, frame("x")); s.next != before+1 {
		t.Error("a post was dropped")
	}
}
