package edge

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// control is a control plane as far as an edge sees it: the stream.
type control struct {
	*httptest.Server
	mu       sync.Mutex
	snapshot feed.Message
	history  []feed.Message
	changed  chan struct{}
	token    string
	asked    []string // raw queries
	deaf     bool     // answers 503
	mute     bool     // says nothing, not even heartbeats
	redirect string   // sends whoever asks there
}

func newControl(t testing.TB) *control {
	c := &control{changed: make(chan struct{}), token: testToken}
	c.snapshot = feed.Message{Type: feed.KindSnapshot, BaseDomain: "longhouse.localhost"}
	c.Server = httptest.NewServer(http.HandlerFunc(c.stream))
	t.Cleanup(func() { c.CloseClientConnections(); c.Close() })
	return c
}

func (c *control) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// set is for before anybody is connected: what they get first.
func (c *control) set(version int64, routes ...feed.Route) {
	c.with(func() { c.snapshot.Version, c.snapshot.Routes = version, routes })
}

func (c *control) change(version int64, route feed.Route) {
	route.Version = version
	c.with(func() {
		c.history = append(c.history, feed.Message{Type: feed.KindChange, Version: version, Route: &route})
	})
}

func (c *control) say(m feed.Message) { c.with(func() { c.history = append(c.history, m) }) }

func (c *control) queries() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}

func (c *control) stream(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked = append(c.asked, r.URL.RawQuery)
	authorized := r.Header.Get("Authorization") == "Bearer "+c.token && r.URL.Path == feed.Path
	deaf, redirect, snapshot, next := c.deaf, c.redirect, c.snapshot, 0
	c.mu.Unlock()
	switch {
	case redirect != "":
		http.Redirect(w, r, redirect, http.StatusTemporaryRedirect)
		return
	case !authorized:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case deaf:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", feed.ContentType)
	if !r.URL.Query().Has(feed.SinceParam) {
		if feed.Write(w, snapshot) != nil {
			return
		}
	}
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		c.mu.Lock()
		news, wake, mute := c.history[next:], c.changed, c.mute
		next = len(c.history)
		c.mu.Unlock()
		for _, m := range news {
			if feed.Write(w, m) != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-wake:
		case <-beat.C:
			if !mute && feed.Write(w, feed.Message{Type: feed.KindHeartbeat}) != nil {
				return
			}
		}
	}
}
