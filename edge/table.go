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
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.byWorkspace
	t.byWorkspace = make(map[string]*Route, len(snapshot.Routes))
	t.baseDomain, t.history = snapshot.BaseDomain, snapshot.History
	next := &view{version: snapshot.Version}
	var unusable []error

	routes := slices.Clone(snapshot.Routes)
	slices.SortStableFunc(routes, func(a, b feed.Route) int { return cmp.Compare(a.Version, b.Version) })
	for _, r := range routes {
		if err := t.put(r, old[r.WorkspaceID], func(i uint64) map[string]*Route {
			if next.shards[i] == nil {
				next.shards[i] = map[string]*Route{}
			}
			return next.shards[i]
		}); err != nil {
			unusable = append(unusable, err)
		}
	}
	t.current.Store(next)
	for id, route := range old {
		route.replaced()
		if t.byWorkspace[id] == nil {
			route.end()
			vanished = append(vanished, id)
		}
	}
	return vanished, errors.Join(unusable...)
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
	problem = t.put(*change.Route, old, func(i uint64) map[string]*Route {
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

// put replaces old by r. writable returns a shard that may be written to.
func (t *Table) put(r feed.Route, old *Route, writable func(uint64) map[string]*Route) error {
	route, problem := newRoute(r)
	if route == nil {
		return problem
	}
	if current := t.byWorkspace[route.WorkspaceID]; current != nil {
		for _, host := range current.Hosts {
			delete(writable(t.shard(host)), host)
		}
		delete(t.byWorkspace, route.WorkspaceID)
	}
	if route.State == feed.StateGone {
		old.end()
		return problem
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
	return problem
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
		if route.PolicyVersion != 0 && route.Filter == nil {
			return true
		}
	}
	return false
}

// Export returns the table as the snapshot that would make it.
func (t *Table) Export() feed.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := feed.Message{Type: feed.KindSnapshot, Version: t.current.Load().version, History: t.history, BaseDomain: t.baseDomain}
	m.Routes = make([]feed.Route, 0, len(t.byWorkspace))
	for _, route := range t.byWorkspace {
		m.Routes = append(m.Routes, route.Route)
	}
	return m
}

func (t *Table) shard(host string) uint64 { return maphash.String(t.seed, host) & (shardCount - 1) }
