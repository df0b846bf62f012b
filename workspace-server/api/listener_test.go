package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// listener is somebody's web socket.
type listener struct {
	t     testing.TB
	conn  *websocket.Conn
	never []realtime.Name // that must not come
}

func (b *bundle) dial(as person) *listener {
	b.t.Helper()
	conn, answer, err := websocket.DefaultDialer.DialContext(b.t.Context(), strings.Replace(b.url, "http", "ws", 1)+api.Prefix+"/websocket", http.Header{"Authorization": {"Bearer " + as.token}})
	if err != nil {
		b.t.Fatal(err)
	}
	_ = answer.Body.Close()
	b.t.Cleanup(func() { _ = conn.Close() })
	l := &listener{t: b.t, conn: conn}
	l.next(realtime.Hello)
	return l
}

// next waits for an event and gives what it says.
func (l *listener) next(name realtime.Name) map[string]json.RawMessage {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		var e struct {
			Event realtime.Name
			Data  map[string]json.RawMessage
		}
		if err := l.conn.ReadJSON(&e); err != nil {
			l.t.Fatalf("no %s: %v", name, err)
		}
		if e.Event == name {
			return e.Data
		}
		if slices.Contains(l.never, e.Event) {
			l.t.Fatalf("heard %s: %v", e.Event, e.Data)
		}
	}
}

// inside reads what an event has as JSON inside a text.
func (l *listener) inside(data map[string]json.RawMessage, name string, v any) {
	l.t.Helper()
	var text string
	if err := json.Unmarshal(data[name], &text); err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		l.t.Fatal(err)
	}
}

func (l *listener) post(name realtime.Name) (p wire.Post) {
	l.t.Helper()
	l.inside(l.next(name), "post", &p)
	return p
}

// reply waits for the answer to what was sent.
func (l *listener) reply() map[string]any {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		var e struct {
			SeqReply int64 `json:"seq_reply"`
			Data     map[string]any
		}
		if err := l.conn.ReadJSON(&e); err != nil {
			l.t.Fatalf("no reply: %v", err)
		}
		if e.SeqReply > 0 {
			return e.Data
		}
	}
}

// flat are the members of a flat JSON object, each as its text.
func flat(object string) []string { return strings.Split(strings.Trim(object, "{}"), ",") }

// untilCut waits for the server to end the connection.
func (l *listener) untilCut() {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := l.conn.ReadMessage(); err != nil {
			if strings.Contains(err.Error(), "timeout") {
				l.t.Fatal("the socket goes on")
			}
			return
		}
	}
}
