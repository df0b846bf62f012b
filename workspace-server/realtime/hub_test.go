package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// house is a hub behind a web server that takes the user's id for a token.
type house struct {
	t     testing.TB
	hub   *Hub
	url   string
	rooms map[id.ID]Rooms
	over  sync.Map // the sessions that have ended
}

func setup(t testing.TB) *house {
	t.Helper()
	return setupThrough(t, func(w http.ResponseWriter) http.ResponseWriter { return w })
}

// setupThrough is setup with a server whose answers are another kind of writer.
func setupThrough(t testing.TB, writer func(http.ResponseWriter) http.ResponseWriter) *house {
	t.Helper()
	h := &house{t: t, rooms: map[id.ID]Rooms{}}
	h.hub = NewHub(clock.System, slog.New(slog.DiscardHandler), func() string { return "" }, Facts{
		Reconfigure: func(context.Context) (any, error) { return nil, nil },
		Types:       func() bool { return true },
		RoomsOf:     func(_ context.Context, user id.ID) (Rooms, error) { return h.rooms[user], nil },
		LiveSessions: func(_ context.Context, sessions []id.ID) ([]id.ID, error) {
			return slices.DeleteFunc(slices.Clone(sessions), func(s id.ID) bool { _, over := h.over.Load(s); return over }), nil
		},
	})
	known := func(token string) (Principal, bool) {
		user, err := id.Parse(token)
		return Principal{User: user, Session: user}, err == nil
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var who *Principal
		if p, ok := known(r.URL.Query().Get("as")); ok {
			who = &p
		}
		_ = h.hub.Accept(writer(w), r, who, r.URL.Query().Get("connection_id"), 0, known)
	}))
	t.Cleanup(web.Close)
	h.url = "ws" + strings.TrimPrefix(web.URL, "http")
	return h
}

// patience is how long a message may take to come.
const patience = 20 * time.Second

func (h *house) dial(query string) *websocket.Conn {
	h.t.Helper()
	c, _, err := websocket.DefaultDialer.Dial(h.url+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(patience))
	return c
}

// message is an event or a reply.
type message struct {
	Event    Name
	Seq      int64
	Data     map[string]any
	Status   string
	SeqReply int64 `json:"seq_reply"`
	Error    *wire.Error
}

func (h *house) read(c *websocket.Conn) message {
	h.t.Helper()
	var m message
	if err := errors.Join(c.SetReadDeadline(time.Now().Add(patience)), c.ReadJSON(&m)); err != nil {
		h.t.Fatal(err)
	}
	return m
}

func TestEventsReachTheirAudienceAlone(t *testing.T) {
	t.Parallel()
	h := setup(t)
	in, out, channel := id.New(), id.New(), id.New()
	h.rooms[in] = Rooms{Channels: []id.ID{channel}}
	a, b := h.dial("?as="+in.String()), h.dial("?as="+out.String())
	for _, c := range []*websocket.Conn{a, b} {
		if m := h.read(c); m.Event != Hello || m.Seq != 0 {
			t.Fatalf("first message %+v", m)
		}
	}
	h.skipStatus(a)
	h.skipStatus(b)
	h.hub.Publish(Event{Name: Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel}, Personal: map[id.ID]string{in: `"mentions":"me"`}})
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}})
	if m := h.read(a); m.Event != Posted || m.Data["mentions"] != "me" {
		t.Errorf("the member got %+v", m)
	}
	if m := h.read(b); m.Event != NewUser {
		t.Errorf("the outsider got %+v", m)
	}
	h.hub.LeftChannel(channel, in)
	h.hub.JoinedChannel(channel, out)
	h.read(a) // new user
	h.hub.Publish(Event{Name: Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel}})
	if m := h.read(b); m.Event != Posted {
		t.Errorf("who joined got %+v", m)
	}
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}})
	if m := h.read(a); m.Event != NewUser {
		t.Errorf("who left got %+v", m)
	}
}

// A client that has been greeted hears everything from then on, also while its rooms take long to read.
func TestHelloComesOnlyOnceTheRoomsAreKnown(t *testing.T) {
	t.Parallel()
	h := setup(t)
	asked, release, channel := make(chan struct{}), make(chan struct{}), id.New()
	h.hub.RoomsOf = func(context.Context, id.ID) (Rooms, error) {
		close(asked)
		<-release
		return Rooms{Channels: []id.ID{channel}}, nil
	}
	c := h.dial("?as=" + id.New().String())
	<-asked
	h.hub.Publish(Event{Name: Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel}}) // is fetched after the hello
	close(release)
	if m := h.read(c); m.Event != Hello || m.Seq != 0 {
		t.Fatalf("first message %+v", m)
	}
	h.hub.Publish(Event{Name: PostEdited, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel}})
	for m := h.read(c); m.Event != PostEdited; m = h.read(c) {
		if m.Event != StatusChange {
			t.Fatalf("got %+v", m)
		}
	}
}

// skipStatus reads the event by which a client learns that it made its user online.
func (h *house) skipStatus(c *websocket.Conn) {
	h.t.Helper()
	if m := h.read(c); m.Event != StatusChange || m.Seq != 1 {
		h.t.Fatalf("second message %+v", m)
	}
}

func TestASocketAuthenticatesByChallengeAndAnswersRequests(t *testing.T) {
	t.Parallel()
	h := setup(t)
	c := h.dial("")
	send := func(text string) { _ = c.WriteMessage(websocket.TextMessage, []byte(text)) }
	send(`{"seq":1,"action":"get_statuses"}`)
	if m := h.read(c); m.Error == nil || m.Error.ID != "api.web_socket_router.not_authenticated.app_error" {
		t.Fatalf("before authentication: %+v", m)
	}
	user := id.New()
	send(`{"seq":2,"action":"authentication_challenge","data":{"token":"` + user.String() + `"}}`)
	if m := h.read(c); m.Status != "OK" || m.SeqReply != 2 {
		t.Fatalf("challenge: %+v", m)
	}
	if m := h.read(c); m.Event != Hello {
		t.Fatalf("after the challenge: %+v", m)
	}
	h.skipStatus(c)
	send(`{"seq":3,"action":"authentication_challenge","data":{"token":"again"}}`) // goes unanswered
	for action, want := range map[string]string{
		`{"seq":4,"action":"ping"}`:         "",
		`{"seq":4,"action":"get_statuses"}`: "",
		`{"seq":4,"action":"nonsense"}`:     "api.web_socket_router.bad_action.app_error",
		`{"seq":4}`:                         "api.web_socket_router.no_action.app_error",
		`{"seq":0,"action":"ping"}`:         "api.web_socket_router.bad_seq.app_error",
		`[1]`:                               "api.web_socket_router.bad_action.app_error",
		`{"seq":4,"action":"presence","data":{"x":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + `}}`: "api.web_socket_router.bad_action.app_error",
		`{"seq":4,"action":"presence","action":"ping"}`:                                                            "api.web_socket_router.bad_action.app_error",
		`{"seq":4,"action":"presence","data":{"x":"\u0000"}}`:                                                      "api.web_socket_router.bad_action.app_error",
		`{"seq":4,"action":"user_typing","data":{"channel_id":"` + user.String() + `"}}`:                           "api.context.permissions.app_error",
		`{"seq":4,"action":"user_typing","data":7}`:                                                                "api.context.invalid_body_param.app_error",
	} {
		send(action)
		m := h.read(c)
		if (want == "") != (m.Status == "OK") || (want != "" && m.Error.ID != want) {
			t.Errorf("%s: %+v", action, m)
		}
	}
}

func TestWhoCantAuthenticateIsCutOff(t *testing.T) {
	t.Parallel()
	h := setup(t)
	c := h.dial("")
	_ = c.WriteMessage(websocket.TextMessage, []byte(`{"seq":1,"action":"authentication_challenge","data":{"token":"wrong"}}`))
	if _, _, err := c.ReadMessage(); err == nil {
		t.Fatal("a wrong token was answered")
	}
	big := h.dial("?as=" + id.New().String())
	_ = big.WriteMessage(websocket.TextMessage, make([]byte, maxRequest+1))
	for {
		if _, _, err := big.ReadMessage(); err != nil {
			return
		}
	}
}

func TestASessionsEndCutsItsSocket(t *testing.T) {
	t.Parallel()
	h := setup(t)
	user := id.New()
	c := h.dial("?as=" + user.String())
	h.read(c)
	h.hub.EndSession(user)
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			break
		}
	}
	if n := h.hub.Sockets(); n != 0 {
		t.Fatalf("%d sockets", n)
	}
}

func TestDrainAsksEveryoneToComeBack(t *testing.T) {
	t.Parallel()
	h := setup(t)
	var clients []*websocket.Conn
	for range 3 {
		c := h.dial("?as=" + id.New().String())
		h.read(c)
		clients = append(clients, c)
	}
	h.hub.Drain(t.Context(), 30*time.Millisecond)
	for _, c := range clients {
		for {
			_, _, err := c.ReadMessage()
			if err == nil {
				continue
			}
			if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
				t.Errorf("closed with %v", err)
			}
			break
		}
	}
}

// A client that doesn't read loses what can be lost, then its connection; it never holds up the others.
func TestASlowClientIsCutOffAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	h := setup(t)
	slow, quick := id.New(), id.New()
	s, q := h.dial("?as="+slow.String()), h.dial("?as="+quick.String())
	h.read(s)
	h.read(q)
	h.skipStatus(q)
	padding := strings.Repeat("x", 64<<10)
	for n := range int64(2000) {
		h.hub.Publish(Event{Name: Posted, Data: map[string]string{"padding": padding}})
		if m := h.read(q); m.Seq != n+2 {
			t.Fatalf("the quick client got number %d, want %d", m.Seq, n+2)
		}
		if h.hub.Sockets() == 1 {
			return
		}
	}
	t.Fatal("the slow client is still connected")
}
