package realtime

import (
	"encoding/json"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	mostAtOnce  = 16 << 10 // bytes of events that go out with one write, a bigger one apart
	keepBuffers = 64 << 10 // bigger ones are not kept for the next socket
	mostSaid    = 1 << 20  // bytes of answers that wait for a slow client before one more has it cut off
)

// reply queues an answer; answers go before events and bear no sequence number.
func (s *socket) reply(r wire.SocketReply) {
	text, err := json.Marshal(r)
	if err != nil {
		s.hub.Log.Error("encode web socket reply", "error", err)
		return
	}
	s.say(append(header(nil, websocket.TextMessage, len(text)), text...))
}

// say queues a whole frame, and writes it here unless somebody is writing.
func (s *socket) say(frame []byte) {
	s.mu.Lock()
	if s.parted {
		s.mu.Unlock()
		return
	}
	s.parted = frame[0]&0x0f == websocket.CloseMessage
	s.replies = append(s.replies, frame)
	overrun, mine := len(s.replies) > sendQueue || s.said > mostSaid, !s.writing
	s.said += len(frame)
	s.pending, s.writing = true, true
	s.mu.Unlock()
	if overrun {
		s.cut() // asks without reading the answers
	}
	if mine {
		s.write(nil)
	}
}

// wake makes sure that somebody writes what is waiting.
func (s *socket) wake() {
	s.mu.Lock()
	idle := !s.writing
	s.pending, s.writing = true, true
	s.mu.Unlock()
	if idle {
		s.hub.crew.add(s)
	}
}

// write writes all that is waiting as long as the client takes it at once, in the buffer given, and answers the buffer. Whoever calls it has
// set writing. What a client doesn't take at once is left to a goroutine of its own.
func (s *socket) write(buf []byte) []byte {
	for {
		var more bool
		if buf, more = s.gather(buf[:0]); !more {
			return buf
		}
		n, ok := s.offer(buf)
		if !ok {
			s.cut() // and let nobody else write
			return buf
		}
		if n < len(buf) {
			go s.finish(slices.Clone(buf[n:]))
			return buf
		}
	}
}

// finish is write for a client that has to be waited for.
func (s *socket) finish(rest []byte) {
	_ = s.out.SetWriteDeadline(time.Now().Add(writePatience))
	if _, err := s.out.Write(rest); err != nil {
		s.cut()
		return
	}
	_ = s.out.SetWriteDeadline(time.Time{})
	s.write(rest)
}

// gather takes what is waiting, in the order in which it goes out. Where nothing is, writing ends.
func (s *socket) gather(buf []byte) (_ []byte, more bool) {
	s.mu.Lock()
	if !s.pending {
		s.writing = false
		over := s.over
		s.mu.Unlock()
		if over {
			s.cut()
		}
		return buf, false
	}
	s.pending = false
	replies, st := s.replies, s.stream
	s.replies, s.said = nil, 0
	if s.parted { // what is left is for the socket that resumes
		st = nil
	}
	s.mu.Unlock()
	for _, frame := range replies {
		buf = append(buf, frame...)
	}
	if st != nil && st.take(s, &buf) { // without the lock: a stream that is told of an event takes both the other way round
		s.mu.Lock()
		s.pending = true
		s.mu.Unlock()
	}
	return buf, true
}

// offer writes what the client takes at once.
func (s *socket) offer(b []byte) (n int, ok bool) {
	if s.raw == nil || len(b) == 0 {
		return 0, true
	}
	var bad error
	err := s.raw.Write(func(fd uintptr) bool {
		for {
			if n, bad = syscall.Write(int(fd), b); bad != syscall.EINTR {
				return true
			}
		}
	})
	return max(n, 0), err == nil && (bad == nil || bad == syscall.EAGAIN)
}

// rawOf is nil where a connection is no file: then each write is waited for.
func rawOf(c net.Conn) syscall.RawConn {
	if c, ok := c.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// pong answers a client's ping.
func (s *socket) pong(text string) error {
	s.say(append(header(nil, websocket.PongMessage, len(text)), text...))
	return nil
}

// goodbye answers a client that closes.
func (s *socket) goodbye(code int, _ string) error {
	s.say(closing(code, ""))
	return nil
}

// bye asks the client to come back. It has a second to say goodbye as well: a connection that is cut at once may lose
// the close frame.
func (s *socket) bye(code int, why string) {
	s.say(closing(code, why))
	time.AfterFunc(time.Second, s.cut)
}

// leave cuts the connection once what was said last is on its way, which may take a second.
func (s *socket) leave() {
	s.mu.Lock()
	s.over = true
	busy := s.writing
	s.mu.Unlock()
	if !busy {
		s.cut()
		return
	}
	time.AfterFunc(time.Second, s.cut)
}

// cut ends the connection; the reading goroutine notices and cleans up.
func (s *socket) cut() { _ = s.out.Close() }
