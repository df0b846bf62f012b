package realtime

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
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

// socket is one web-socket connection: a goroutine that reads, and another only while there is something to write.
type socket struct {
	hub      *Hub
	conn     *websocket.Conn
	who      Principal
	stream   *stream // nil until authenticated
	wanted   string  // the stream that the client would like to resume
	expected int64
	auth     Authenticate
	ping     *time.Timer

	mu      sync.Mutex
	writing bool
	pending bool
	replies [][]byte
}

// Authenticate finds who a session token belongs to.
type Authenticate func(token string) (Principal, bool)

var upgrader = websocket.Upgrader{
	ReadBufferSize:  512,
	WriteBufferSize: 512,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*http.Request) bool { return true }, // whoever calls Accept has checked it
	Error:           func(http.ResponseWriter, *http.Request, int, error) {},
}

// Accept upgrades the request, or returns why it can't and leaves the answer to the caller. Who is known from the
// request starts at once, others have five seconds to authenticate.
func (h *Hub) Accept(w http.ResponseWriter, r *http.Request, who *Principal, wanted string, expected int64, auth Authenticate) error {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return err
	}
	s := &socket{hub: h, conn: conn, wanted: wanted, expected: expected, auth: auth}
	conn.SetReadLimit(maxRequest)
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(readPatience)) })
	go s.run(who) // and let the request's goroutine and its buffers go
	return nil
}

func (s *socket) run(who *Principal) {
	defer s.close()
	deadline := challengeTime
	if who != nil {
		if !s.begin(*who) {
			return
		}
		deadline = readPatience
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(deadline))
	s.mu.Lock()
	s.ping = time.AfterFunc(pingEvery, s.beat)
	s.mu.Unlock()
	for {
		kind, message, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if s.stream != nil {
			_ = s.conn.SetReadDeadline(time.Now().Add(readPatience))
		}
		if !s.request(kind, message) {
			return
		}
	}
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
	if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writePatience)) != nil {
		s.cut()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ping != nil {
		s.ping.Reset(pingEvery)
	}
}

// reply queues an answer; answers go before events and bear no sequence number.
func (s *socket) reply(r wire.SocketReply) {
	text, err := json.Marshal(r)
	if err != nil {
		s.hub.Log.Error("encode web socket reply", "error", err)
		return
	}
	s.mu.Lock()
	s.replies = append(s.replies, text)
	overrun := len(s.replies) > sendQueue
	s.mu.Unlock()
	if overrun {
		s.cut() // asks without reading the answers
		return
	}
	s.wake()
}

// wake makes sure that somebody writes what is waiting.
func (s *socket) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = true
	if !s.writing {
		s.writing = true
		go s.write()
	}
}

func (s *socket) write() {
	var buf []byte
	for {
		s.mu.Lock()
		if !s.pending {
			s.writing = false
			s.mu.Unlock()
			return
		}
		s.pending = false
		replies, st := s.replies, s.stream
		s.replies = nil
		s.mu.Unlock()
		for _, text := range replies {
			s.send(text)
		}
		for st != nil && st.current() == s {
			f, seq, ok := st.unsent()
			if !ok {
				break
			}
			buf = f.numbered(buf, seq)
			if !s.send(buf) {
				break
			}
		}
	}
}

func (s *socket) send(text []byte) bool {
	_ = s.conn.SetWriteDeadline(time.Now().Add(writePatience))
	if s.conn.WriteMessage(websocket.TextMessage, text) != nil {
		s.cut()
		return false
	}
	return true
}

// bye asks the client to come back. It has a second to say goodbye as well: a connection that is cut at once may lose
// the close frame.
func (s *socket) bye(code int, why string) {
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(time.Second))
	time.AfterFunc(time.Second, s.cut)
}

// cut ends the connection; the reading goroutine notices and cleans up.
func (s *socket) cut() { _ = s.conn.NetConn().Close() }

func (s *socket) close() {
	s.cut()
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
}
