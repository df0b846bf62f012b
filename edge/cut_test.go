package edge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// slowly is an instance whose answers take until they are released, or their client is gone.
type slowly struct {
	entered, left chan string // who, and "who: how"
	release       chan struct{}
}

func newSlowly() *slowly {
	return &slowly{entered: make(chan string, 100), left: make(chan string, 100), release: make(chan struct{})}
}

// ServeHTTP implements http.Handler: /poll waits, /download writes, /upload reads.
func (s *slowly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, how := r.Header.Get("X-Who"), "finished"
	s.entered <- who
	defer func() { s.left <- who + ": " + how }()
	switch r.URL.Path {
	case "/poll":
		select {
		case <-s.release:
		case <-r.Context().Done():
			how = "broken"
		}
	case "/upload":
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			how = "broken"
		}
	case "/download":
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for released := false; !released; {
			if _, err := w.Write(make([]byte, 8<<10)); err != nil || http.NewResponseController(w).Flush() != nil {
				how = "broken"
				return
			}
			select {
			case <-s.release:
				released = true
			case <-tick.C:
			}
		}
	}
	_, _ = io.WriteString(w, "the end")
}

func hear(t *testing.T, from <-chan string, want ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, w := range want {
		missing[w] = true
	}
	for len(missing) > 0 {
		select {
		case got := <-from:
			if !missing[got] {
				t.Fatalf("heard %q, want %v", got, want)
			}
			delete(missing, got)
		case <-time.After(10 * time.Second):
			t.Fatalf("waited 10 s in vain for %v", missing)
		}
	}
}

// released is a body that ends when the instance is released.
type released struct{ release <-chan struct{} }

// Read implements io.Reader.
func (r released) Read(p []byte) (int, error) {
	select {
	case <-r.release:
		return 0, io.EOF
	case <-time.After(time.Millisecond):
		p[0] = 'x'
		return 1, nil
	}
}

// clientOver is one that speaks this version of HTTP from an address, over as few connections as it can.
func (r *rig) clientOver(version int, address string) *http.Client {
	client := r.clientAt(address)
	if version == 2 {
		client = r.overHTTP2()
		client.Transport.(*http.Transport).DialContext = dialFrom(address)
	}
	return client
}

// begin sends a request that lasts, and gives what its client gets of it in the end.
func (r *rig) begin(client *http.Client, s *slowly, workspace, path, who string) <-chan string {
	r.t.Helper()
	var body io.Reader
	method := http.MethodGet
	if path == "/upload" {
		method, body = http.MethodPost, released{s.release}
	}
	req := r.request(method, workspace+".longhouse.localhost", path, body)
	req.Header.Set("X-Who", who)
	got := make(chan string, 1)
	go func() {
		res, err := client.Do(req)
		if err != nil {
			got <- "broken"
			return
		}
		defer res.Body.Close()
		var all bytes.Buffer
		if _, err = all.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK || !strings.HasSuffix(all.String(), "the end") {
			got <- "broken"
			return
		}
		got <- "finished"
	}()
	hear(r.t, s.entered, who)
	return got
}

// TestRequestsInProgressEndWhereTheFilterDeniesThem, and no other: not those of who stays allowed, nor another workspace's
// over the same connection.
func TestRequestsInProgressEndWhereTheFilterDeniesThem(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		for _, path := range []string{"/poll", "/download", "/upload"} {
			t.Run(fmt.Sprintf("HTTP%d%s", version, path), func(t *testing.T) {
				t.Parallel()
				r, acme, globex := newRig(t), newSlowly(), newSlowly()
				route := r.instance("acme", acme)
				r.control.set(1, route, r.instance("globex", globex))
				r.start()
				r.waitVersion(1)
				denied := r.clientOver(version, stranger)
				stranger1 := r.begin(denied, acme, "acme", path, "stranger1")
				stranger2 := r.begin(denied, acme, "acme", path, "stranger2")
				elsewhere := r.begin(denied, globex, "globex", path, "elsewhere")
				stays := r.begin(r.clientOver(version, friend), acme, "acme", path, "friend")

				r.control.change(2, allowing(route, friend))
				hear(t, acme.left, "stranger1: broken", "stranger2: broken")
				hear(t, stranger1, "broken")
				hear(t, stranger2, "broken")
				close(acme.release)
				close(globex.release)
				hear(t, acme.left, "friend: finished")
				hear(t, globex.left, "elsewhere: finished")
				hear(t, stays, "finished")
				hear(t, elsewhere, "finished")
				eventually(t, "those that were cut off are counted", func() bool {
					return strings.Contains(r.admin("/metrics").body, `longhouse_edge_refusals_total{reason="address_cut"} 2`)
				})
				if all := r.admin("/metrics").body; strings.Contains(all, `longhouse_edge_failures_total{reason="broken_off"} 1`) {
					t.Error("it counts as a fault")
				}
			})
		}
	}
}

func TestRequestsEndWithTheirWorkspaceAndItsRule(t *testing.T) {
	t.Parallel()
	for name, deny := range map[string]func(*rig, feed.Route){
		"a snapshot": func(r *rig, route feed.Route) {
			r.control.say(feed.Message{Type: feed.KindSnapshot, Version: 1, BaseDomain: "longhouse.localhost", Routes: []feed.Route{allowing(route, friend)}})
		},
		"a snapshot without the workspace": func(r *rig, _ feed.Route) {
			r.control.say(feed.Message{Type: feed.KindSnapshot, Version: 1, BaseDomain: "longhouse.localhost"})
		},
		"a workspace that is gone": func(r *rig, route feed.Route) {
			route.State = feed.StateGone
			r.control.change(3, route)
		},
		"a filter that isn't known": func(r *rig, route feed.Route) {
			route.PolicyVersion, route.Filter = 2, nil
			r.control.change(3, route)
		},
		"the end of a rule": func(r *rig, route feed.Route) {
			route, end := allowing(route, friend, stranger), time.Now().Add(200*time.Millisecond)
			route.Filter.Rules[1].Until = &end
			r.control.change(3, route)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, acme := newRig(t), newSlowly()
			route := r.instance("acme", acme)
			r.control.set(1, route)
			r.start()
			r.waitVersion(1)
			route = allowing(route, friend, stranger)
			late := time.Now().Add(time.Hour)
			route.Filter.Rules[1].Until = &late // a timer is set already, and must not be gone by
			r.control.change(2, route)
			r.waitVersion(2)
			for version := 1; version <= 2; version++ {
				r.begin(r.clientOver(version, stranger), acme, "acme", "/poll", fmt.Sprint(version))
			}
			deny(r, route)
			hear(t, acme.left, "1: broken", "2: broken")
		})
	}
}

func (r *rig) socketAt(address, host string) *websocket.Conn {
	r.t.Helper()
	dialer := websocket.Dialer{NetDialContext: dialFrom(address), HandshakeTimeout: 10 * time.Second}
	conn, _, err := dialer.DialContext(context.Background(), "ws://"+r.addr()+"/api/v4/websocket", http.Header{"Host": {host}})
	must(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	must(r.t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	_, _, err = conn.ReadMessage()
	must(r.t, err)
	return conn
}

func TestWebSocketsEndWhereTheFilterDeniesThem(t *testing.T) {
	t.Parallel()
	r, route := socketRig(t)
	stays, goes := r.socketAt(friend, "acme.longhouse.localhost"), r.socketAt(stranger, "acme.longhouse.localhost")
	r.control.change(2, allowing(route, friend))
	ended(t, goes)
	must(t, stays.WriteMessage(websocket.TextMessage, []byte("still here")))
	if _, said, err := stays.ReadMessage(); err != nil || string(said) != "still here" {
		t.Errorf("who is allowed hears %q, %v", said, err)
	}
	eventually(t, "the edge forgets the one and keeps the other", func() bool { return r.server.tunnels.count() == 1 })
	now := time.Now().Add(100 * time.Millisecond)
	last := allowing(allowing(route), friend)
	last.Filter.Rules[0].Until = &now
	r.control.change(3, last)
	ended(t, stays)
}
