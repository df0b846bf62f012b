package edge

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// past is the history of an edge's table, with an oracle for each workspace that must be in it, and clients that are in.
type past struct {
	t       *testing.T
	random  *rand.Rand
	journal *journal
	clock   atomic.Int64 // seconds; doors that wait for the end of a rule ask for it
	gate    *gate
	version int64
	oracles map[string]*oracle // by slug
	unsaved []feed.Message
	stale   bool // only a rewrite brings the disk up to date
	inside  []*insider
	checked int
}

// insider is a client that stays in, and whether it should have been severed by now.
type insider struct {
	x       *exchange
	slug    string
	severed bool
}

// TestTheFilterHoldsWhateverHappens: through changes, snapshots, both also of old versions, restarts from disk, and the time that
// goes by, each request is decided as the newest filter wants, and who is in is put out as soon as that denies them, and not before.
func TestTheFilterHoldsWhateverHappens(t *testing.T) {
	t.Parallel()
	for worker := range 2 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			p := newPast(t, rand.New(rand.NewPCG(seed, uint64(worker))))
			for step := range 1000 {
				happened := p.step()
				p.check(fmt.Sprintf("seed %d, %d, step %d, %s", seed, worker, step, happened))
			}
			t.Logf("%d decisions", p.checked)
			if p.checked < 60_000 {
				t.Error("that were too few")
			}
		})
	}
}

func newPast(t *testing.T, random *rand.Rand) *past {
	t.Helper()
	p := &past{t: t, random: random, journal: newJournal(t)}
	p.clock.Store(1_000_000)
	p.restart()
	p.snapshot()
	return p
}

func (p *past) now() time.Time { return time.Unix(p.clock.Load(), 0) }

func (p *past) table() *Table { return p.gate.table }

// restart begins with what is on disk; nobody is in.
func (p *past) restart() {
	table := NewTable()
	table.now = p.now
	if p.gate != nil {
		if p.stale {
			must(p.t, p.journal.rewrite(p.table().export()))
		} else {
			must(p.t, p.journal.append(p.unsaved))
		}
		must(p.t, p.journal.load(table))
	}
	p.unsaved, p.stale, p.inside = nil, false, nil
	p.gate = newGate(table, openBarrier(), newProxy(newTunnels(), &retries{}, nil), newMetrics(), nil)
}

func (p *past) step() (happened string) {
	switch slug := fmt.Sprintf("w%d", p.random.IntN(6)); p.random.IntN(20) {
	case 0:
		p.restart()
		return "restart"
	case 1:
		p.snapshot()
		return "snapshot"
	case 2:
		old := anyOracle(p.random, slug, p.now()).route
		applied, _ := p.table().Apply(changeOf(p.version-p.random.Int64N(5), old))
		if applied {
			p.t.Error("an old change was applied")
		}
		return "old change"
	case 3, 4:
		p.clock.Add(p.random.Int64N(10))
		for _, route := range p.table().byWorkspace {
			route.door.wake() // as its timer would
		}
		return "time"
	case 5:
		return p.leave()
	case 6, 7, 8, 9, 10, 11:
		return p.enter(slug)
	case 12:
		delete(p.oracles, slug)
		p.change(feed.Route{WorkspaceID: "ws_" + slug, State: feed.StateGone})
		return slug + " is gone"
	default:
		p.oracles[slug] = anyOracle(p.random, slug, p.now())
		p.change(p.oracles[slug].route)
		return "change of " + slug
	}
}

// snapshot replaces everything, also by what is older, in any order.
func (p *past) snapshot() {
	p.version = max(1, p.version+p.random.Int64N(20)-10)
	m := feed.Message{Type: feed.KindSnapshot, Version: p.version, BaseDomain: "longhouse.localhost"}
	p.oracles = map[string]*oracle{}
	for i := range 6 {
		if slug := fmt.Sprintf("w%d", i); p.random.IntN(5) > 0 {
			p.oracles[slug] = anyOracle(p.random, slug, p.now())
			m.Routes = append(m.Routes, p.oracles[slug].route)
		}
	}
	p.random.Shuffle(len(m.Routes), func(i, j int) { m.Routes[i], m.Routes[j] = m.Routes[j], m.Routes[i] })
	_, _ = p.table().Replace(m)
	p.unsaved, p.stale = nil, true
}

func (p *past) change(route feed.Route) {
	p.version += 1 + p.random.Int64N(3)
	m := changeOf(p.version, route)
	if applied, _ := p.table().Apply(m); !applied {
		p.t.Errorf("change %d was not applied over %d", p.version, p.table().Version())
	}
	p.unsaved = append(p.unsaved, m)
}

func (p *past) enter(slug string) string {
	client := anyClient(p.random)
	x := exchangeOf(client, slug)
	if p.gate.admit(x).onward {
		p.inside = append(p.inside, &insider{x: x, slug: slug})
		return "somebody enters " + slug
	}
	x.leave()
	return "somebody is refused at " + slug
}

func (p *past) leave() string {
	if len(p.inside) == 0 {
		return "nothing"
	}
	i := p.random.IntN(len(p.inside))
	p.inside[i].x.leave()
	p.inside = slices.Delete(p.inside, i, i+1)
	return "somebody leaves"
}

func exchangeOf(client netip.Addr, slug string) *exchange {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.RemoteAddr = slug+".longhouse.localhost", "@"
	if client.IsValid() {
		r.RemoteAddr = net.JoinHostPort(client.String(), "4000")
	}
	return newExchange(nil, r)
}

// check asks for decisions of the gate, and looks after who is in.
func (p *past) check(where string) {
	p.t.Helper()
	for range 60 {
		slug, client := fmt.Sprintf("w%d", p.random.IntN(6)), anyClient(p.random)
		x := exchangeOf(client, slug)
		got, want := p.gate.admit(x), p.oracles[slug].refusal(client, p.now())
		x.leave()
		p.checked++
		if got.refusal.reason != want || got.onward != (want == "") {
			p.t.Fatalf("%s: %s at %s: %q, want %q by %+v", where, client, slug, got.refusal.reason, want, p.oracles[slug])
		}
	}
	for _, i := range p.inside {
		o := p.oracles[i.slug]
		// Who is in a workspace that is stopped may finish.
		i.severed = i.severed || o == nil || !o.allows(i.x.client, p.now())
		p.checked++
		if severed(i.x) != i.severed {
			p.t.Fatalf("%s: %s in %s is severed: %v, by %+v", where, i.x.client, i.slug, !i.severed, o)
		}
	}
	if strings.Contains(where, "restart") && p.table().Version() != p.version {
		p.t.Fatalf("%s: version %d, want %d", where, p.table().Version(), p.version)
	}
}

func severed(x *exchange) bool {
	x.door.mu.Lock()
	defer x.door.mu.Unlock()
	return x.severed
}
