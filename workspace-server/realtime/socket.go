package realtime

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

const (
	maxRequest    = 8 << 10
	pingEvery     = 50 * time.Second // official clients give a silent server up after 65 s
	readPatience  = 100 * time.Second
	writePatience = 30 * time.Second
	challengeTime = 5 * time.Second
)

// Principal is who a socket speaks for.
type Principal struct {
	User    id.ID
	Session id.ID
	Admin   bool
}

// socket is one web-socket connection: a goroutine that reads. What is to be written goes out as outlet.go says.
type socket struct {
	hub      *Hub
	conn     *websocket.Conn // to read; what it writes is said, see lips
	out      net.Conn
	raw      syscall.RawConn
	who      Principal
	stream   *stream // nil until authenticated
	wanted   string  // the stream that the client would like to resume
	expected int64
	auth     Authenticate
	ping     *time.Timer

	mu      sync.Mutex
	writing bool     // somebody writes, or will
	pending bool     // there is more than they have seen
	parted  bool     // a close frame was said, after which nothing may come (RFC 6455, section 5.5.1)
	over    bool     // whoever writes cuts the connection when they are done
	replies [][]byte // whole frames, which go before events
	said    int      // their bytes
}

// Authenticate finds who a session token belongs to.
type Authenticate func(token string) (Principal, bool)

var upgrader = websocket.Upgrader{
	ReadBufferSize:  256,
	WriteBufferSize: 512,
	WriteBufferPool: &sync.Pool{},                             // so that no socket keeps one
	CheckOrigin:     func(*http.Request) bool { return true }, // whoever calls Accept has checked it
	Error:           func(http.ResponseWriter, *http.Request, int, error) {},
}

// Accept upgrades the request, or returns why it can't and leaves the answer to the caller. Who is known from the
// request starts at once, others have five seconds to authenticate.
func (h *Hub) Accept(w http.ResponseWriter, r *http.Request, who *Principal, wanted string, expected int64, auth Authenticate) error {
	up := &upgrading{ResponseWriter: w, lips: &lips{}}
	conn, err := upgrader.Upgrade(up, r, nil)
	if err != nil {
		return err
	}
	s := &socket{hub: h, conn: conn, out: up.lips.Conn, wanted: wanted, expected: expected, auth: auth}
	s.raw, up.lips.socket = rawOf(s.out), s
	conn.SetReadLimit(maxRequest)
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(readPatience)) })
	conn.SetPingHandler(s.pong)
	conn.SetCloseHandler(s.goodbye)
	go s.run(who) // and let the request's goroutine and its buffers go
	return nil
}

// run is the goroutine that reads. Nearly all the time it waits in NextReader, and Go halves the stack of a goroutine that needs less than a quarter of it:
// what stands on it then is no more than has to.
func (s *socket) run(who *Principal) {
	defer s.close()
	for ok := s.greet(who); ok; ok = s.listen() {
	}
}

func (s *socket) greet(who *Principal) bool {
	deadline := challengeTime
	if who != nil {
		if !s.begin(*who) {
			return false
		}
		deadline = readPatience
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(deadline))
	s.mu.Lock()
	s.ping = time.AfterFunc(pingEvery, s.beat)
	s.mu.Unlock()
	return true
}

func (s *socket) listen() bool {
	kind, from, err := s.conn.NextReader()
	return err == nil && s.hear(kind, from)
}

// hear answers one message and reports whether the connection goes on.
func (s *socket) hear(kind int, from io.Reader) bool {
	message, err := io.ReadAll(from)
	if err != nil {
		return false
	}
	if s.stream != nil {
		_ = s.conn.SetReadDeadline(time.Now().Add(readPatience))
	}
	return s.request(kind, message)
}

// begin turns the socket into a signed-in one: resumed where it can be, else with a new stream. Its session is checked
// once EndSession can see the socket: a session that ended between the client's request and then would otherwise be
// noticed by neither.
func (s *socket) begin(who Principal) bool {
	s.who = who
	if err := s.hub.attach(s); err != nil {
		s.hub.Log.Error("attach web socket", "user", who.User, "error", err)
		return false
	}
	ended, err := s.hub.ended(context.Background(), []id.ID{who.Session})
	if err != nil {
		s.hub.Log.Error("check session of web socket", "user", who.User, "error", err)
		return false
	}
	if len(ended) > 0 {
		s.hub.EndSession(ended...)
		return false
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(readPatience))
	s.hub.Active(who.User)
	return true
}

func (s *socket) beat() {
	s.say(header(nil, websocket.PingMessage, 0))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ping != nil {
		s.ping.Reset(pingEvery)
	}
}

func (s *socket) close() {
	s.mu.Lock()
	if s.ping != nil {
		s.ping.Stop()
		s.ping = nil
	}
	st := s.stream
	s.mu.Unlock()
	if st != nil {
		s.hub.detach(s, st)
	}
	s.leave()
}
