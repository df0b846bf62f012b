package controlplane

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// connect opens a stream as an edge, and returns its lines after the first, which says what is the newest.
func (b *bundle) connect(query, token string) (*http.Response, func() feed.Message) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	b.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+feed.Path+query, nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	b.must(err)
	b.t.Cleanup(func() { _ = res.Body.Close() })
	lines := feed.NewReader(res.Body)
	if res.StatusCode == http.StatusOK {
		first, err := lines.Next()
		b.must(err)
		if newest, err := b.store.RouteVersion(ctx); err != nil || first.Type != feed.KindHeartbeat || first.Version != newest || first.History == "" {
			b.t.Errorf("begins with %+v, newest is %d, %v", first, newest, err)
		}
	}
	return res, func() feed.Message {
		b.t.Helper()
		m, err := lines.Next()
		b.must(err)
		return m
	}
}

func (b *bundle) setRoute(workspace string, state tenants.RouteState) {
	b.t.Helper()
	r := tenants.Route{Workspace: b.uuid(id.Workspace, workspace), Hosts: []string{"engines.longhouse.test"}, State: state, Address: "/run/x/s"}
	b.must(pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) error { return b.store.SetRoute(b.t.Context(), tx, r) }))
}

func TestAnEdgeGetsASnapshotAndThenChangesWithinASecond(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.signUp("engines").Workspace.ID
	gone := b.signUp("gone").Workspace.ID
	b.setRoute(ws, tenants.Serving)
	b.setRoute(gone, tenants.Gone)
	res, next := b.connect("", edgeToken)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != feed.ContentType {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	snapshot := next()
	if snapshot.Type != feed.KindSnapshot || snapshot.Version != 2 || snapshot.BaseDomain != "longhouse.test" || len(snapshot.Routes) != 1 {
		t.Fatalf("%+v", snapshot)
	}
	if r := snapshot.Routes[0]; r.WorkspaceID != ws || r.Version != 1 || r.State != feed.StateServing || r.Upstream != (feed.Upstream{Network: "unix", Address: "/run/x/s"}) {
		t.Errorf("%+v", r)
	}
	began := time.Now()
	b.setRoute(ws, tenants.Halted)
	change := next()
	if change.Type != feed.KindChange || change.Version != 3 || change.Route.State != feed.StateStopped {
		t.Errorf("%+v", change)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the change took %s", took)
	}
}

func TestAnEdgeThatKnowsAVersionGetsOnlyWhatCameAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.signUp("engines").Workspace.ID
	b.setRoute(ws, tenants.Serving)
	b.setRoute(ws, tenants.Gone)
	history, err := b.store.RouteHistory(t.Context())
	b.must(err)
	_, next := b.connect("?since=1&history="+history, edgeToken)
	if m := next(); m.Type != feed.KindChange || m.Version != 2 || m.Route.State != feed.StateGone {
		t.Errorf("%+v", m)
	}
}

func TestAnEdgeWithAVersionFromElsewhereGetsASnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, next := b.connect("?since=99", edgeToken)
	if m := next(); m.Type != feed.KindSnapshot || m.Version != 0 {
		t.Errorf("%+v", m)
	}
}

func TestAfterARestoreEveryEdgeGetsASnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setRoute(b.signUp("engines").Workspace.ID, tenants.Serving)
	before, err := b.store.RouteHistory(t.Context())
	b.must(err)
	b.must(b.store.Restored(t.Context(), time.Now(), auditKey))
	for _, query := range []string{"?since=1&history=" + before, "?since=1"} {
		_, next := b.connect(query, edgeToken)
		if m := next(); m.Type != feed.KindSnapshot || m.History == "" || m.History == before {
			t.Errorf("%s: %+v", query, m)
		}
	}
}

func TestAnIdleStreamSendsHeartbeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.heartbeat = 10 * time.Millisecond
	_, next := b.connect("", edgeToken)
	next()
	if m := next(); m.Type != feed.KindHeartbeat {
		t.Errorf("%+v", m)
	}
}

func TestAStreamLearnsChangesAfterItsWatcherWasLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.signUp("engines").Workspace.ID
	_, next := b.connect("", edgeToken)
	next()
	var killed int
	b.eventually("the watcher's connection is there to be killed", func() bool {
		b.must(b.pool.QueryRow(t.Context(), "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%listen routes%' and pid <> pg_backend_pid() and datname = current_database()").Scan(&killed))
		return killed > 0
	})
	b.setRoute(ws, tenants.Serving)
	if m := next(); m.Type != feed.KindChange || m.Version != 1 {
		t.Errorf("%+v", m)
	}
}

func TestOnlyTheEdgesTokenOpensTheStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	for _, token := range []string{"", "wrong", done.Token, b.operator()} {
		res, _ := b.connect("", token)
		if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Content-Type") != problemType {
			t.Errorf("%q: %d", token, res.StatusCode)
		}
	}
	res, _ := b.connect("?since=-1", edgeToken)
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("since=-1: %d", res.StatusCode)
	}
}

func (b *bundle) eventually(what string, true func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.t.Fatal(errors.New("not in time: " + what))
		}
	}
}
