package realtime

import (
	"bufio"
	"net"
	"net/http"
	"slices"
	"time"
)

// lips are a connection as the web-socket library has it. What the library says of its own accord, which is why it gives a client up, goes out in
// turn with all else: written there and then it could stand inside another frame, and a client that takes nothing would hold up for a second
// whoever has an event for it.
type lips struct {
	net.Conn
	socket *socket // nil until the connection is upgraded
}

func (l *lips) Write(b []byte) (int, error) {
	if l.socket == nil {
		return l.Conn.Write(b)
	}
	l.socket.say(slices.Clone(b))
	return len(b), nil
}

func (l *lips) SetWriteDeadline(t time.Time) error {
	if l.socket == nil {
		return l.Conn.SetWriteDeadline(t)
	}
	return nil
}

// upgrading is an answer whose connection the library gets as lips, which are apart so that a socket keeps no answer.
type upgrading struct {
	http.ResponseWriter
	lips *lips
}

func (u *upgrading) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(u.ResponseWriter).Hijack()
	u.lips.Conn = c
	return u.lips, rw, err
}
