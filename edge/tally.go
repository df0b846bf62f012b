package edge

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

const (
	// deniedKept is how many addresses a door remembers that it has denied, until the control plane is told.
	deniedKept = 50
	// denyingDoors bounds how many doors remember any, at about 3 KiB each: whoever denies more at a time is under attack everywhere.
	denyingDoors = 1000
)

// tally is what a door has counted since it was last asked.
type tally struct {
	hits   []hit // of the rules of its filter, in their order
	denied []denial
}

type hit struct{ requests, last int64 } // last is in microseconds since 1970

type denial struct {
	address        netip.Addr
	requests, last int64
}

// tallies know which doors have counted something. A door asks for its place here with the first request that it counts after it was last
// asked, so that requests to different workspaces do not wait for each other.
type tallies struct {
	denying atomic.Int64 // doors that remember whom they denied

	mu    sync.Mutex
	doors []*door
}

// count counts a request, once however often it comes by. The door is locked.
func (d *door) count(x *exchange, rule int, in bool) {
	if x.counted || d.tallies == nil || in && rule == ipfilter.Unruled {
		return
	}
	x.counted = true
	at := x.started.UnixMicro()
	switch t := d.counting(); {
	case in:
		t.hits[rule].add(1, at)
	case x.client.IsValid():
		d.deny(t, denial{x.client.Unmap().WithZone(""), 1, at})
	}
}

func (d *door) counting() *tally {
	if d.tally == nil {
		d.tally = &tally{hits: make([]hit, len(d.compiled().RuleIDs()))}
		if !d.listed {
			d.listed = true
			d.tallies.mu.Lock()
			d.tallies.doors = append(d.tallies.doors, d)
			d.tallies.mu.Unlock()
		}
	}
	return d.tally
}

func (h *hit) add(requests, last int64) {
	h.requests, h.last = h.requests+requests, max(h.last, last)
}

// deny remembers who was denied, in the place of who was denied longest ago where there is no other.
func (d *door) deny(t *tally, who denial) {
	if len(t.denied) == 0 {
		if d.tallies.denying.Add(1) > denyingDoors {
			d.tallies.denying.Add(-1)
			return
		}
		t.denied = make([]denial, 0, deniedKept)
	}
	oldest := 0
	for i := range t.denied {
		if known := &t.denied[i]; known.address == who.address {
			known.requests, known.last = known.requests+who.requests, max(known.last, who.last)
			return
		} else if known.last < t.denied[oldest].last {
			oldest = i
		}
	}
	if len(t.denied) < deniedKept {
		t.denied = append(t.denied, who)
	} else if t.denied[oldest].last <= who.last {
		t.denied[oldest] = who
	}
}

// told takes what the door has counted, which is locked, and leaves nothing.
func (d *door) told() (a feed.WorkspaceActivity) {
	a.WorkspaceID = d.workspace
	t := d.tally
	if d.tally = nil; t == nil {
		return a
	}
	for i, h := range t.hits {
		if h.requests > 0 {
			a.Rules = append(a.Rules, feed.RuleHits{ID: d.compiled().RuleIDs()[i], Hits: h.requests, Last: time.UnixMicro(h.last).UTC()})
		}
	}
	for _, who := range t.denied {
		a.Denied = append(a.Denied, feed.Denied{Address: who.address, Requests: who.requests, Last: time.UnixMicro(who.last).UTC()})
	}
	if len(t.denied) > 0 {
		d.tallies.denying.Add(-1)
	}
	return a
}

// untold counts again what was taken and nobody has heard, but for rules that are no more. The door is locked.
func (d *door) untold(a feed.WorkspaceActivity) {
	if d.gone || d.tallies == nil || len(a.Rules)+len(a.Denied) == 0 {
		return
	}
	t := d.counting()
	if len(a.Rules) > 0 {
		place := make(map[string]int, len(t.hits))
		for i, id := range d.compiled().RuleIDs() {
			place[id] = i
		}
		for _, r := range a.Rules {
			if i, there := place[r.ID]; there {
				t.hits[i].add(r.Hits, r.Last.UnixMicro())
			}
		}
	}
	for _, who := range a.Denied {
		d.deny(t, denial{who.Address, who.Requests, who.Last.UnixMicro()})
	}
}

// due are the doors that have counted something since they were last asked. Who takes them asks them, or hands them back.
func (t *tallies) due() (doors []*door) {
	t.mu.Lock()
	defer t.mu.Unlock()
	doors, t.doors = t.doors, nil
	return doors
}

func (t *tallies) handBack(doors []*door) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doors = append(t.doors, doors...)
}

// askDoors takes from doors what they have counted, about as much as one report may hold. all[i] is of the door of[i], and rest was not asked.
func askDoors(doors []*door) (all []feed.WorkspaceActivity, of, rest []*door) {
	n := 0
	for i, d := range doors {
		if n >= feed.MostActivity/2 {
			return all, of, doors[i:]
		}
		d.mu.Lock()
		d.listed = false
		a := d.told()
		d.mu.Unlock()
		if more := len(a.Rules) + len(a.Denied); more > 0 {
			all, of = append(all, a), append(of, d)
			n += more
		}
	}
	return all, of, nil
}

// putBack has what was taken told another time.
func putBack(all []feed.WorkspaceActivity, of []*door) {
	for i, d := range of {
		d.mu.Lock()
		d.untold(all[i])
		d.mu.Unlock()
	}
}
