package edge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// control is a control plane as far as an edge sees it: the stream, and where it confirms.
type control struct {
	*httptest.Server
	mu       sync.Mutex
	snapshot feed.Message
	history  []feed.Message
	changed  chan struct{}
	token    string
	asked    []string // queries, without who asks
	told     []feed.Confirmation
	streams  []feed.Identity
	fenced   bool
	hold     bool   // says what is the newest, and not what that is
	deaf     bool   // answers 503
	mute     bool   // says nothing, not even heartbeats
	redirect string // sends whoever asks there

	wake func(id string, asked int) int // answers wishes to have a workspace woken; nil: with 404
	woke []string                       // what was wished, in order

	uses    []feed.Uses              // what was told, in order
	unheard bool                     // answers 503 to what filters did
	did     []feed.WorkspaceActivity // what they did, in order

	log logShelf
}

func newControl(t testing.TB) *control {
	c := &control{changed: make(chan struct{}), token: testToken}
	c.snapshot = feed.Message{Type: feed.KindSnapshot, BaseDomain: "longhouse.localhost"}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
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

func (c *control) wishes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.woke...)
}

// takeWish answers a wish to have a workspace woken.
func (c *control) takeWish(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	wish, err := feed.ParseWake(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.wake == nil || r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+c.token {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	c.woke = append(c.woke, wish.WorkspaceID)
	w.WriteHeader(c.wake(wish.WorkspaceID, len(c.woke)))
}

// takeActivity hears what filters did.
func (c *control) takeActivity(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told, err := feed.ParseActivity(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil || r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+c.token || len(body) > feed.MaxActivity:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case c.unheard:
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		c.did = append(c.did, told.Workspaces...)
		w.WriteHeader(http.StatusNoContent)
	}
}

// serve answers who has the token.
func (c *control) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case feed.UsesPath:
		c.takeUses(w, r)
		return
	case feed.WakesPath:
		c.takeWish(w, r)
		return
	case feed.ActivityPath:
		c.takeActivity(w, r)
		return
	case feed.SegmentsPath, feed.LogStandingPath:
		c.takeLog(w, r)
		return
	}
	query := r.URL.Query()
	who, err := feed.ParseIdentity(query)
	for name := range who.Query() {
		query.Del(name)
	}
	c.mu.Lock()
	if r.Method == http.MethodGet {
		c.asked = append(c.asked, query.Encode())
		c.streams = append(c.streams, who)
	}
	authorized := r.Header.Get("Authorization") == "Bearer "+c.token && (r.URL.Path == feed.Path || r.URL.Path == feed.ConfirmationsPath)
	deaf, fenced, redirect := c.deaf, c.fenced, c.redirect
	c.mu.Unlock()
	switch {
	case redirect != "":
		http.Redirect(w, r, redirect, http.StatusTemporaryRedirect)
	case !authorized:
		w.WriteHeader(http.StatusUnauthorized)
	case deaf:
		w.WriteHeader(http.StatusServiceUnavailable)
	case err != nil:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case fenced:
		w.Header().Set(feed.FencedHeader, "1")
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodPost:
		c.confirm(w, r)
	default:
		c.stream(w, r)
	}
}

func (c *control) confirm(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told, err := feed.ParseConfirmation(body)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	c.with(func() { c.told = append(c.told, told) })
	w.WriteHeader(http.StatusNoContent)
}

// newest is the version that an edge should have.
func (c *control) newest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.history) > 0 {
		return c.history[len(c.history)-1].Version
	}
	return c.snapshot.Version
}

func (c *control) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", feed.ContentType)
	if feed.Write(w, feed.Message{Type: feed.KindHeartbeat, Version: c.newest()}) != nil {
		return
	}
	snapshotDue, next := !r.URL.Query().Has(feed.SinceParam), 0
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		c.mu.Lock()
		snapshot, news, wake, mute := c.snapshot, c.history[next:], c.changed, c.mute
		if c.hold {
			news = nil
		}
		next += len(news)
		if snapshotDue && !c.hold {
			snapshotDue, news = false, append([]feed.Message{snapshot}, news...)
		}
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
