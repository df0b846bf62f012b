package realtime

import (
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

const (
	deadQueue   = 128 // sent events that a client may ask for again
	sendQueue   = 256 // events that wait for a slow client before it is cut off
	keepStreams = 5 * time.Minute
)

// stream is one client's numbered sequence of events. It outlives its socket, so that a client that comes back with
// the stream's id and the number it expects next continues where it was.
type stream struct {
	id     string
	user   id.ID
	admin  bool
	mu     sync.Mutex
	socket *socket   // nil while the client is away
	away   time.Time // since when
	log    []frame   // the newest events; the last has number next-1
	next   int64     // number of the next event
	sent   int64     // number of the next event to write
	over   bool      // nobody comes back to it
}

// put appends an event, or drops it where the protocol allows. It reports whether the client has to be cut off.
func (s *stream) put(name Name, f frame) (overflow bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.next - s.sent
	if s.socket != nil && waiting > sendQueue/2 && name.droppable() {
		return false
	}
	if s.socket == nil {
		s.sent = s.next + 1 // nobody writes: it only stays in the log for a resume
	}
	s.log = append(s.log, f)
	s.next++
	s.trim()
	if s.socket == nil {
		return false
	}
	s.socket.wake()
	return waiting >= sendQueue
}

// trim forgets what nobody may ask for: all but the unsent and the last deadQueue sent events. It moves the log only
// once it has grown by half, so that an event costs no copy.
func (s *stream) trim() {
	keep := int(min(s.next-s.sent, sendQueue+1)) + deadQueue
	if len(s.log) > keep+deadQueue/2 {
		s.log = append(make([]frame, 0, keep+deadQueue/2+1), s.log[len(s.log)-keep:]...)
	}
}

// take appends the next events to write to what goes out of a socket, and reports whether there are more.
func (s *stream) take(to *socket, buf *[]byte) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.socket == to && len(*buf) < mostAtOnce {
		f, seq, ok := s.unsent()
		if !ok {
			return false
		}
		*buf = f.numbered(*buf, seq)
	}
	return s.socket == to && s.sent != s.next
}

// unsent takes the next event to write. It needs the lock.
func (s *stream) unsent() (f frame, seq int64, ok bool) {
	if s.sent == s.next {
		return nil, 0, false
	}
	seq = s.sent
	s.sent++
	return s.log[len(s.log)-int(s.next-seq)], seq, true
}

// resume attaches a socket whose client expects the event with that number next. It refuses a number that was
// forgotten or never given.
func (s *stream) resume(sock *socket, expected int64) (replaced *socket, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || expected > s.next || s.next-expected > int64(min(len(s.log), deadQueue+sendQueue)) || expected < 0 {
		return nil, false
	}
	replaced = s.socket
	s.socket, s.sent = sock, expected
	return replaced, true
}

// leave detaches the socket, if it is still this stream's.
func (s *stream) leave(sock *socket, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket != sock {
		return false
	}
	s.socket, s.away, s.sent = nil, now, s.next
	return true
}

// end lets nobody come back to the stream, and answers who is connected to it.
func (s *stream) end() *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	return s.socket
}

// current is the socket that the stream writes to, nil while the client is away.
func (s *stream) current() *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket
}

func (s *stream) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket == nil && now.Sub(s.away) > keepStreams
}
