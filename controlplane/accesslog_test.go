package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

// requests is the access log: empty, or in a real object store.
type requests struct {
	mu     sync.Mutex
	store  *accesslog.Store
	broken error
}

func (r *requests) now() (*accesslog.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store, r.broken
}

// Keep implements AccessLog.
func (r *requests) Keep(ctx context.Context, a accesslog.Accepted) error {
	store, err := r.now()
	if store == nil || err != nil {
		return err
	}
	return store.Keep(ctx, a)
}

// Read implements AccessLog.
func (r *requests) Read(ctx context.Context, q accesslog.Query, most int) (accesslog.Page, error) {
	store, err := r.now()
	if store == nil || err != nil {
		return accesslog.Page{}, err
	}
	return store.Read(ctx, q, most)
}

// Stream implements AccessLog.
func (r *requests) Stream(ctx context.Context, q accesslog.Query, each func([]byte) error) error {
	store, err := r.now()
	if store == nil || err != nil {
		return err
	}
	return store.Stream(ctx, q, each)
}

func (r *requests) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = err
}

// logging gives the bundle an object store for its access log.
func (b *bundle) logging() *accesslog.Store {
	b.t.Helper()
	b.requests.store = accesslog.NewStore(storetest.Archive(b.t))
	return b.requests.store
}

// teller is an edge that has asked for routes, and hands over what the test says.
type teller struct {
	b   *bundle
	who feed.Identity
	n   int64
}

func (b *bundle) teller(name string) *teller {
	b.t.Helper()
	e := &teller{b: b, who: newEdge(name)}
	if a := b.confirmed(e.who, 0); a.status != http.StatusNoContent {
		b.t.Fatalf("an edge is not heard: %d %s", a.status, a.body)
	}
	return e
}

// line is a request of a workspace, whose path is its name.
func logLine(workspace string, at time.Time, path, client string, status int) string {
	text, _ := json.Marshal(accesslog.Line{At: at, Request: "req-" + path, Client: client, Method: "GET", Host: "elm.longhouse.test", Path: "/" + path, Status: status, Bytes: 7, Seconds: 0.5, Protocol: "HTTP/1.1"})
	return workspace + " " + string(text) + "\n"
}

func (e *teller) pack(lines ...string) []byte {
	e.n++
	data, _, _ := accesslog.Pack(e.who.Edge, e.who.Lease, e.n, []byte(strings.Join(lines, "")))
	return data
}

func (e *teller) hand(data []byte) answer {
	e.b.t.Helper()
	return e.b.as(edgeToken, feed.SegmentsPath, data)
}

// as posts bytes as they are.
func (b *bundle) as(token, path string, data []byte) answer {
	b.t.Helper()
	a, err := b.try(post, path, token, data, "Content-Type", feed.SegmentType)
	b.must(err)
	return a
}

func (e *teller) stand(until time.Time, segments, lost int64) answer {
	e.b.t.Helper()
	body, err := json.Marshal(feed.LogStanding{Identity: e.who, Until: until, Segments: segments, Lost: lost})
	e.b.must(err)
	return e.b.as(edgeToken, feed.LogStandingPath, body)
}

func (b *bundle) wantTaken(a answer) {
	b.t.Helper()
	if a.status != http.StatusNoContent {
		b.t.Fatalf("it answers %d %s", a.status, a.body)
	}
}

func logPath(workspace, query string) string {
	return "/workspaces/" + workspace + "/access-log" + query
}

// wholeLog reads all pages of some lines each, and returns the paths.
func (b *bundle) wholeLog(workspace, token string, q url.Values) (paths []string, last AccessPage) {
	b.t.Helper()
	if q == nil {
		q = url.Values{}
	}
	q.Set("limit", "2")
	for {
		last = AccessPage{}
		b.want(http.StatusOK, get, logPath(workspace, "?"+q.Encode()), token, nil).into(b.t, &last)
		for _, l := range last.Items {
			paths = append(paths, strings.TrimPrefix(l.Path, "/"))
		}
		if last.NextCursor == "" {
			return paths, last
		}
		q.Set("cursor", last.NextCursor)
	}
}

func TestATenantReadsWhatWasAskedOfItsWorkspaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.logging()
	mine, theirs := b.signUp("mine"), b.signUp("theirs")
	e := b.teller("one")
	now := b.clock.now()
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds-60) * time.Second) }
	segment := e.pack(logLine(mine.Workspace.ID, at(1), "a", "192.0.2.7", 200), logLine(theirs.Workspace.ID, at(2), "t", "192.0.2.7", 200),
		logLine(mine.Workspace.ID, at(3), "b", "198.51.100.9", 403), logLine(mine.Workspace.ID, at(4), "c", "2001:db8::1", 404))
	b.wantTaken(e.hand(segment))
	b.wantTaken(e.hand(segment)) // whose answer was lost
	look := func() {
		t.Helper()
		for asked, want := range map[string]string{"": "[c b a]", "client=198.51.100.9": "[b]", "client=192.0.2.0/24": "[a]", "status=404": "[c]", "status=4xx": "[c b]",
			"since=" + url.QueryEscape(at(3).Format(time.RFC3339Nano)): "[c b]", "until=" + url.QueryEscape(at(3).Format(time.RFC3339Nano)): "[a]"} {
			q, _ := url.ParseQuery(asked)
			if got, _ := b.wholeLog(mine.Workspace.ID, mine.Token, q); fmt.Sprint(got) != want {
				t.Errorf("%q: %v, want %s", asked, got, want)
			}
		}
		if got, _ := b.wholeLog(theirs.Workspace.ID, theirs.Token, nil); fmt.Sprint(got) != "[t]" {
			t.Errorf("the other tenant reads %v", got)
		}
	}
	look()
	_, err := store.Sort(t.Context(), time.Now().Add(time.Hour), b.store.HaveLog)
	b.must(err)
	look()
	b.want(http.StatusNotFound, get, logPath(theirs.Workspace.ID, ""), mine.Token, nil)
	b.want(http.StatusNotFound, get, logPath(theirs.Workspace.ID, "/export"), mine.Token, nil)
	var page AccessPage
	b.want(http.StatusOK, get, logPath(mine.Workspace.ID, "?status=403"), mine.Token, nil).into(t, &page)
	want := AccessLine{Time: at(3), RequestID: "req-b", Client: "198.51.100.9", Method: "GET", Host: "elm.longhouse.test", Path: "/b", Status: 403, Bytes: 7, Seconds: 0.5, Protocol: "HTTP/1.1", Edge: e.who.Edge}
	if len(page.Items) != 1 || page.Items[0] != want || page.KeptDays != 365 {
		t.Errorf("it is shown as %+v", page)
	}
}

func TestAPageSaysUpToWhenItIsComplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("mine")
	now := b.clock.now()
	page := func() (p AccessPage) {
		t.Helper()
		b.want(http.StatusOK, get, logPath(done.Workspace.ID, ""), done.Token, nil).into(t, &p)
		return p
	}
	if p := page(); p.CompleteUntil.Before(now) || len(p.Behind) != 0 {
		t.Errorf("without edges: %+v", p)
	}
	one, two := b.teller("one"), b.teller("two")
	b.wantTaken(one.stand(now.Add(-time.Second), 0, 0))
	b.wantTaken(two.stand(now.Add(-time.Hour), 3, 5))
	if p := page(); !p.CompleteUntil.Equal(now.Add(-time.Hour)) || len(p.Behind) != 1 || p.Behind[0].Name != "two" {
		t.Errorf("with one that is late: %+v", p)
	}
	b.wantTaken(two.stand(now.Add(time.Hour), 0, 5)) // whose clock is fast
	if p := page(); !p.CompleteUntil.Equal(now.Add(-time.Second)) || len(p.Behind) != 0 {
		t.Errorf("when all have told: %+v", p)
	}
	state, err := b.store.AccessLogState(t.Context())
	if err != nil || state.Lost != 10 {
		t.Errorf("%d lines are lost, %v", state.Lost, err)
	}
}
