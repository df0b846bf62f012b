package controlplane

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// lineTime is how long one line may take to reach an edge before the edge is taken for dead.
const lineTime = 10 * time.Second

// edgeRoutes streams routes to an edge until either side ends.
func (s *Server) edgeRoutes(w http.ResponseWriter, r *http.Request) {
	since, edge, err := s.admitEdge(r)
	if err != nil {
		refuseEdge(w, r, err)
		return
	}
	line := &edgeLine{server: s, w: w, control: http.NewResponseController(w), edge: edge}
	_ = line.control.SetReadDeadline(time.Time{}) // a stream outlives the server's time for a request
	if err := line.begin(r.Context(), since, r.URL.Query().Get(feed.HistoryParam)); err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	line.follow(r.Context())
}

func (s *Server) admitEdge(r *http.Request) (since int64, edge uuid.UUID, err error) {
	if err := s.isEdge(r); err != nil {
		return 0, edge, err
	}
	query := r.URL.Query()
	if text := query.Get(feed.SinceParam); text != "" {
		since, err = strconv.ParseInt(text, 10, 64)
		if err != nil || since < 0 {
			return 0, edge, wrongQuery(r.Context(), feed.SinceParam, "since is the version of the newest route that the edge knows, a whole number")
		}
	}
	who, err := feed.ParseIdentity(query)
	if err != nil {
		return 0, edge, problem(r.Context(), http.StatusUnprocessableEntity, err.Error())
	}
	if who == (feed.Identity{}) { // of the release before, which confirms nothing
		return since, edge, nil
	}
	process, err := edgeProcess(r.Context(), who)
	if err != nil {
		return 0, edge, err
	}
	return since, process.Edge, s.store.MeetEdge(r.Context(), process)
}

// edgeLine is the stream to one edge.
type edgeLine struct {
	server  *Server
	w       http.ResponseWriter
	control *http.ResponseController
	edge    uuid.UUID // nil: it did not say
	version int64     // what the edge knows
}

// begin says what is the newest, by which the edge knows whether it may serve, and then sends a snapshot, unless the edge's version is one
// of ours, and of our history: then changes are enough. Its errors come before the first byte.
func (l *edgeLine) begin(ctx context.Context, since int64, known string) error {
	history, err := l.server.store.RouteHistory(ctx)
	if err != nil {
		return err
	}
	newest, err := l.server.store.RouteVersion(ctx)
	if err != nil {
		return err
	}
	news := feed.Message{Type: feed.KindHeartbeat, Version: newest, History: history}
	if 0 < since && since <= newest && known == history {
		l.version = since
		l.head()
		_ = l.send(news) // an edge that is gone is noticed by the next line
		return nil
	}
	routes, version, err := l.server.store.Routes(ctx, 0)
	if err != nil {
		return err
	}
	l.version = version
	l.head()
	_ = l.send(news)
	snapshot := feed.Message{Type: feed.KindSnapshot, Version: version, History: history, BaseDomain: l.server.store.BaseDomain()}
	for _, r := range routes {
		if r.State != tenants.Gone {
			snapshot.Routes = append(snapshot.Routes, wireRoute(r))
		}
	}
	_ = l.send(snapshot)
	return nil
}

func (l *edgeLine) head() {
	l.w.Header().Set("Content-Type", feed.ContentType)
	l.w.WriteHeader(http.StatusOK)
}

// follow sends what changes, and a heartbeat when nothing does. While the database is away the stream stays, silent but
// for its heartbeats: the edge can do nothing better than serve what it knows.
func (l *edgeLine) follow(ctx context.Context) {
	beat := time.NewTicker(l.server.heartbeat)
	defer beat.Stop()
	for {
		changed, over := l.server.news.wait()
		if over || l.fenced(ctx) || l.catchUp(ctx) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-beat.C:
			if l.send(feed.Message{Type: feed.KindHeartbeat, Version: l.version}) != nil {
				return
			}
		}
	}
}

// fenced ends the stream of an edge that may serve nothing any more: it learns why when it asks again. While the database is away the edge
// serves what it knows, as all do.
func (l *edgeLine) fenced(ctx context.Context) bool {
	if l.edge == uuid.Nil {
		return false
	}
	fenced, err := l.server.store.Fenced(ctx, l.edge)
	return err == nil && fenced
}

// catchUp returns an error when the edge can't be reached.
func (l *edgeLine) catchUp(ctx context.Context) error {
	routes, _, err := l.server.store.Routes(ctx, l.version)
	if err != nil {
		return nil // told by the watcher, once for all streams
	}
	for _, r := range routes {
		wire := wireRoute(r)
		if err := l.send(feed.Message{Type: feed.KindChange, Version: r.Version, Route: &wire}); err != nil {
			return err
		}
		l.version = r.Version
	}
	return nil
}

func (l *edgeLine) send(m feed.Message) error {
	_ = l.control.SetWriteDeadline(time.Now().Add(lineTime))
	return feed.Write(l.w, m)
}

func wireRoute(r tenants.Route) feed.Route {
	wire := feed.Route{WorkspaceID: id.Show(id.Workspace, r.Workspace), Version: r.Version, Hosts: r.Hosts, PrimaryHost: r.Primary, Plan: string(r.Plan), State: feed.State(r.State),
		Upstream: feed.Upstream{Network: "unix", Address: r.Address}, Message: r.Message, PolicyVersion: r.Policy}
	if r.Filter != nil {
		wire.Filter = &feed.Filter{Open: r.Filter.Open, Rules: make([]feed.Rule, 0, len(r.Filter.LetIn))}
		for _, rule := range r.Filter.LetIn {
			wire.Filter.Rules = append(wire.Filter.Rules, feed.Rule(rule))
		}
		for _, e := range r.Filter.Pass {
			wire.Filter.Exceptions = append(wire.Filter.Exceptions, feed.Exception(e))
		}
	}
	return wire
}
