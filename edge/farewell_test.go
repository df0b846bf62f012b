package edge

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestWebSocketsAreAskedToComeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	heard := make(chan error, 1)
	up := websocket.Upgrader{}
	sending := make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		conn, err := up.Upgrade(w, req, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		go func() {
			defer close(sending)
			for conn.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", 70_000))) == nil {
			}
		}()
		_, _, err = conn.ReadMessage()
		heard <- err
		_ = conn.Close()
		<-sending
	})))
	r.start()
	r.waitVersion(1)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	_, _, err := conn.ReadMessage()
	must(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for err == nil { // whole messages until the close frame
		var message []byte
		if _, message, err = conn.ReadMessage(); err == nil && len(message) != 70_000 {
			t.Fatalf("a message of %d bytes", len(message))
		}
	}
	if !websocket.IsCloseError(err, serviceRestart) {
		t.Errorf("the client heard %v", err)
	}
	if err := <-heard; !websocket.IsCloseError(err, serviceRestart) {
		t.Errorf("the instance heard %v", err)
	}
	_ = conn.Close()
	must(t, <-stopped)
}

func TestWebSocketsLeaveOneAfterAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoSocket))
	r.start(func(s *server) { s.spread = time.Hour; s.drain = 300 * time.Millisecond })
	r.waitVersion(1)
	var asked atomic.Int64
	over := make(chan struct{})
	const sockets = 5
	for range sockets {
		conn, _ := r.dialSocket("acme.longhouse.localhost")
		_, _, err := conn.ReadMessage()
		must(t, err)
		go func() {
			if _, _, err := conn.ReadMessage(); websocket.IsCloseError(err, serviceRestart) {
				asked.Add(1)
			}
			over <- struct{}{}
		}()
	}
	must(t, r.stop())
	for range sockets {
		<-over
	}
	if asked.Load() != 1 { // the first at once, the others in twelve minutes each, and the limit is 300 ms
		t.Errorf("%d were asked to come back", asked.Load())
	}
}

func TestNoWebSocketBeginsAtAnEdgeThatDrains(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t)
	r.server.tunnels.close()
	r.get("acme.longhouse.localhost", "/", "Connection", "Upgrade", "Upgrade", "websocket").want(t, 503, "restarting")
}

// TestAWebSocketBeginsAsLongAsSomebodyIsLetIn, and is asked to come back after that.
func TestAWebSocketBeginsAsLongAsSomebodyIsLetIn(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t, func(s *server) { s.farewell = 2 * time.Second })
	first, _ := r.dialSocket("acme.longhouse.localhost") // or the farewell would be over at once
	defer first.Close()
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	eventually(t, "it drains", func() bool { return r.server.keeper.yielding.Load() })
	second, _ := r.dialSocket("acme.longhouse.localhost")
	var err error
	for err == nil {
		_, _, err = second.ReadMessage()
	}
	if !websocket.IsCloseError(err, serviceRestart) {
		t.Errorf("it ends with %v", err)
	}
	_, _ = first.Close(), second.Close()
	must(t, <-stopped)
}

// TestNoRequestIsLostWhileDraining keeps asking over connections that stay open, until it is told that they end, and then
// over new ones until nobody listens.
func TestNoRequestIsLostWhileDraining(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.control.set(1, r.instance("acme", says("here")))
			r.start(func(s *server) { s.farewell = 10 * time.Second })
			r.waitVersion(1)
			client := &http.Client{Transport: &http.Transport{}}
			if version == 2 {
				client = r.overHTTP2()
			}
			warm := make(chan struct{}, 8)
			ended := make(chan error, 8)
			for range cap(ended) {
				go func() { ended <- askUntilRefused(client, r, warm) }()
			}
			for range cap(ended) {
				<-warm
			}
			stopped := make(chan error, 1)
			go func() { stopped <- r.stop() }()
			eventually(t, "it drains", func() bool { return r.server.keeper.yielding.Load() })
			for range cap(ended) {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
			client.CloseIdleConnections()
			must(t, <-stopped)
		})
	}
}

// askUntilRefused asks at least ten times, until an answer says that the connection ends, and once more.
func askUntilRefused(client *http.Client, r *rig, warm chan<- struct{}) error {
	for n := 0; ; n++ {
		req, err := http.NewRequest(http.MethodGet, "http://"+r.addr()+"/", nil)
		if err != nil {
			return err
		}
		req.Host = "acme.longhouse.localhost"
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || string(body) != "here" {
			return fmt.Errorf("answer %q: %w", body, err)
		}
		if n == 10 {
			warm <- struct{}{}
		}
		if n > 10 && (res.Close || r.server.keeper.yielding.Load()) {
			return nil
		}
	}
}

func TestAnswersSayThatTheConnectionEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start(func(s *server) { s.farewell = 10 * time.Second })
	r.waitVersion(1)
	conn := dialEdge(t, r)
	answers := bufio.NewReader(conn)
	ask := func() *http.Response {
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
		must(t, err)
		res, err := http.ReadResponse(answers, nil)
		must(t, err)
		_, err = io.ReadAll(res.Body)
		must(t, err)
		return res
	}
	if ask().Close {
		t.Error("it ends already")
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	eventually(t, "it drains", func() bool { return r.server.keeper.yielding.Load() })
	if !ask().Close {
		t.Error("it doesn't end")
	}
	must(t, <-stopped)
}
