package edge

import (
	"cmp"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// shardCount makes a change copy about 1/shardCount of the table; it must be a power of two.
const shardCount = 1024

// Table maps hosts to routes. Readers see an immutable view and never wait; a change copies only the shards that its
// hosts are in, and becomes visible as a whole.
type Table struct {
	seed    maphash.Seed
	current atomic.Pointer[view] // nil until the first snapshot
	now     func() time.Time     // by which rules of IP filters end
	tallies *tallies             // of what IP filters do

	mu          sync.Mutex // serialises writers; guards what follows
	byWorkspace map[string]*Route
	baseDomain  string
	history     string
}

type view struct {
	version int64
	shards  [shardCount]map[string]*Route
}

var errNoSnapshot = errors.New("a change came before any snapshot")

// NewTable returns a table that knows nothing, not even that a host does not exist: see Ready.
func NewTable() *Table {
	return &Table{seed: maphash.MakeSeed(), now: time.Now, tallies: &tallies{}, byWorkspace: map[string]*Route{}}
}

// Lookup returns the route of a canonical host, or nil. It does not allocate.
func (t *Table) Lookup(host string) *Route {
	v := t.current.Load()
	if v == nil {
		return nil
	}
	return v.shards[t.shard(host)][host]
}

// Ready reports whether the table has ever been filled.
func (t *Table) Ready() bool { return t.current.Load() != nil }

// Version is that of the newest snapshot or change that the table holds.
func (t *Table) Version() int64 {
	if v := t.current.Load(); v != nil {
		return v.version
	}
	return 0
}

// Len is the number of workspaces in the table.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byWorkspace)
}

// BaseDomain is the newest snapshot's.
func (t *Table) BaseDomain() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.baseDomain
}

// History is the newest snapshot's.
func (t *Table) History() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.history
}

// Replace makes the snapshot the whole table, whatever its version, and returns the workspaces that vanished. The
// error lists routes that were unusable in part; the rest is in force.
func (t *Table) Replace(snapshot feed.Message) (vanished []string, problems error) {
	routes := make([]*Route, 0, len(snapshot.Routes))
	var unusable []error
	for _, r := range snapshot.Routes {
		route, problem := newRoute(r)
		if route != nil {
			routes = append(routes, route)
		}
		unusable = append(unusable, problem)
	}
	return t.restore(exported{snapshot, routes}), errors.Join(unusable...)
}

// exported is a table as it is put on disk: a snapshot, whose routes are beside it.
type exported struct {
	head   feed.Message
	routes []*Route
}

// restore makes it the whole table, and returns the workspaces that vanished.
func (t *Table) restore(e exported) (vanished []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.byWorkspace
	t.byWorkspace = make(map[string]*Route, len(e.routes))
	t.baseDomain, t.history = e.head.BaseDomain, e.head.History
	next := &view{version: e.head.Version}
	slices.SortStableFunc(e.routes, func(a, b *Route) int { return cmp.Compare(a.Version, b.Version) })
	for _, r := range e.routes {
		t.put(r, old[r.WorkspaceID], func(i uint64) map[string]*Route {
			if next.shards[i] == nil {
				next.shards[i] = map[string]*Route{}
			}
			return next.shards[i]
		})
	}
	t.current.Store(next)
	for id, route := range old {
		route.replaced()
		if t.byWorkspace[id] == nil {
			route.end()
			vanished = append(vanished, id)
		}
	}
	return vanished
}

// Apply puts one change in force and reports whether it was news. The error names what of the route was unusable; the
// rest is in force.
func (t *Table) Apply(change feed.Message) (applied bool, problem error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.current.Load()
	if now == nil {
		return false, errNoSnapshot
	}
	if change.Version <= now.version {
		return false, nil
	}
	next := *now
	next.version = change.Version
	copied := map[uint64]bool{}
	old := t.byWorkspace[change.Route.WorkspaceID]
	route, problem := newRoute(*change.Route)
	t.put(route, old, func(i uint64) map[string]*Route {
		if !copied[i] {
			copied[i] = true
			if next.shards[i] = maps.Clone(next.shards[i]); next.shards[i] == nil {
				next.shards[i] = map[string]*Route{}
			}
		}
		return next.shards[i]
	})
	t.current.Store(&next)
	old.replaced() // who looks now finds the next one
	return true, problem
}

// put replaces old by the route, if it is one. writable returns a shard that may be written to.
func (t *Table) put(route, old *Route, writable func(uint64) map[string]*Route) {
	if route == nil {
		return
	}
	if current := t.byWorkspace[route.WorkspaceID]; current != nil {
		for _, host := range current.Hosts {
			delete(writable(t.shard(host)), host)
		}
		delete(t.byWorkspace, route.WorkspaceID)
	}
	if route.State == feed.StateGone {
		old.end()
		return
	}
	route.inherit(old, t.now, t.tallies)
	t.byWorkspace[route.WorkspaceID] = route
	for _, host := range route.Hosts {
		shard := writable(t.shard(host))
		if loser := shard[host]; loser != nil && loser.WorkspaceID != route.WorkspaceID {
			t.disown(loser, host, writable)
		}
		shard[host] = route
	}
}

// disown takes a host from the route that held it, for good: the disk would otherwise give it back.
func (t *Table) disown(loser *Route, host string, writable func(uint64) map[string]*Route) {
	less := loser.without(host)
	t.byWorkspace[less.WorkspaceID] = less
	for _, kept := range less.Hosts {
		writable(t.shard(kept))[kept] = less
	}
}

// Incomplete reports whether a route has an IP filter that isn't known, as a control plane of the release before sends it.
func (t *Table) Incomplete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, route := range t.byWorkspace {
		if route.PolicyVersion != 0 && route.rules == nil {
			return true
		}
	}
	return false
}

// unplanned reports whether a route has no plan, as the release before knew none.
func (t *Table) unplanned() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, route := range t.byWorkspace {
		if route.Plan == "" {
			return true
		}
	}
	return false
}

// export returns the table, which may go on changing: its routes don't.
func (t *Table) export() exported {
	t.mu.Lock()
	defer t.mu.Unlock()
	return exported{
		head:   feed.Message{Type: feed.KindSnapshot, Version: t.current.Load().version, History: t.history, BaseDomain: t.baseDomain},
		routes: slices.Collect(maps.Values(t.byWorkspace)),
	}
}

func (t *Table) shard(host string) uint64 { return maphash.String(t.seed, host) & (shardCount - 1) }
