package protocol

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"
)

// client is a signed-in user with a web socket.
type client struct {
	*model.Client4
	t      *testing.T
	me     *model.User
	socket *model.WebSocketClient
	hello  *model.WebSocketEvent
	last   int64 // number of the last event read
}

// ok fails the test unless a call of the official client succeeded.
func ok[T any](t *testing.T) func(T, *model.Response, error) T {
	return func(v T, _ *model.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused fails the test unless a call was refused with that status and the protocol's error body.
func refused(t *testing.T, status int, answer *model.Response, err error) *model.AppError {
	t.Helper()
	var app *model.AppError
	if !errors.As(err, &app) || answer == nil || answer.StatusCode != status || app.Id == "" || app.Message == "" {
		t.Fatalf("got %v (%T), want a refusal with status %d", err, err, status)
	}
	return app
}

// openByLink signs in by a fresh sign-in link.
func (w *workspace) openByLink(user string) *client {
	w.t.Helper()
	status, link := w.control(w.token(workspaceID, time.Minute), http.MethodPost, "/admin/v1/sign-in-links", map[string]string{"user_id": user})
	if status != http.StatusOK {
		w.t.Fatalf("sign-in-links: %d %v", status, link)
	}
	request, _ := http.NewRequest(http.MethodGet, w.url+link["path"].(string), nil)
	request.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var opened struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&opened); err != nil || opened.Token == "" {
		w.t.Fatalf("sign-in link: %d (%v)", answer.StatusCode, err)
	}
	c := &client{Client4: model.NewAPIv4Client(w.url), t: w.t}
	c.SetToken(opened.Token)
	return c.listen(w)
}

// signIn signs in with a password.
func (w *workspace) signIn(name, password string) *client {
	w.t.Helper()
	c := &client{Client4: model.NewAPIv4Client(w.url), t: w.t}
	ok[*model.User](w.t)(c.Login(w.t.Context(), name, password))
	return c.listen(w)
}

func (c *client) listen(w *workspace) *client {
	c.t.Helper()
	c.me = ok[*model.User](c.t)(c.GetMe(c.t.Context(), ""))
	var err error
	c.socket, err = model.NewWebSocketClient4("ws"+strings.TrimPrefix(w.url, "http"), c.AuthToken)
	if err != nil {
		c.t.Fatal(err)
	}
	c.socket.Listen()
	c.t.Cleanup(c.socket.Close)
	c.last = -1
	c.hello = c.expect(model.WebsocketEventHello)
	return c
}

// resume opens another socket that continues where the client is.
func (c *client) resume(w *workspace, connection string, next int64) {
	c.t.Helper()
	var err error
	c.socket, err = model.NewReliableWebSocketClientWithDialer(websocket.DefaultDialer, "ws"+strings.TrimPrefix(w.url, "http"), c.AuthToken, connection, int(next), true)
	if err != nil {
		c.t.Fatal(err)
	}
	c.socket.Listen()
	c.t.Cleanup(c.socket.Close)
	c.last = next - 1
}

// expect reads events until one of that kind comes, checking that none is missing on the way, and that those come to others only.
func (c *client) expect(kind model.WebsocketEventType, others ...model.WebsocketEventType) *model.WebSocketEvent {
	c.t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case e, open := <-c.socket.EventChannel:
			if !open {
				c.t.Fatalf("the socket of %v closed while waiting for %s: %v", c.me, kind, c.socket.ListenError)
			}
			if e.GetSequence() != c.last+1 {
				c.t.Fatalf("event %s has number %d after %d", e.EventType(), e.GetSequence(), c.last)
			}
			c.last++
			if slices.Contains(others, e.EventType()) {
				c.t.Errorf("%s came to who needs not be told: %v", e.EventType(), e.GetData())
			}
			if e.EventType() == kind {
				return e
			}
		case <-late:
			c.t.Fatalf("no %s", kind)
		}
	}
}

// inner reads an object that an event carries as text.
func inner[T any](t *testing.T, e *model.WebSocketEvent, name string) T {
	t.Helper()
	var v T
	text, _ := e.GetData()[name].(string)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s of %s is %q: %v", name, e.EventType(), text, err)
	}
	return v
}
