package edge

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// didOf sums up what the control plane was told of a workspace: requests by rule, and by address that was denied.
func (c *control) didOf(workspace string) map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := map[string]int64{}
	for _, a := range c.did {
		if a.WorkspaceID == workspace {
			for _, r := range a.Rules {
				sum[r.ID] += r.Hits
			}
			for _, d := range a.Denied {
				sum[d.Address.String()] += d.Requests
			}
		}
	}
	return sum
}

func TestTheControlPlaneHearsWhatAFilterDid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	acme := allowing(r.instance("acme", says("acme here")), "127.0.0.0/31", friend, "192.0.2.0/24")
	r.control.set(1, acme, r.instance("globex", says("globex here")))
	r.control.with(func() { r.control.unheard = true })
	r.start(func(s *server) { s.reporter.every = 10 * time.Millisecond })
	r.waitVersion(1)
	before := time.Now()
	for range 3 {
		r.getAt(friend, "acme.longhouse.localhost", "/").want(t, http.StatusOK, "")
	}
	r.getAt(stranger, "acme.longhouse.localhost", "/").want(t, http.StatusForbidden, "")
	r.getAt(stranger, "globex.longhouse.localhost", "/").want(t, http.StatusOK, "")
	eventually(t, "a warning", func() bool { return strings.Contains(r.logs.String(), "does not hear what IP filters did") })
	// A change takes nothing away but what is told of rules that are gone.
	next := acme
	next.PolicyVersion++
	next.Filter = &feed.Filter{Rules: []feed.Rule{acme.Filter.Rules[2], acme.Filter.Rules[1]}}
	r.control.change(2, next)
	r.waitVersion(2)
	r.getAt(friend, "acme.longhouse.localhost", "/").want(t, http.StatusOK, "")
	r.getAt(stranger, "acme.longhouse.localhost", "/").want(t, http.StatusForbidden, "")
	r.control.with(func() { r.control.unheard = false })
	want := map[string]int64{"ipr_" + friend: 4, stranger: 2}
	eventually(t, fmt.Sprint(want), func() bool { return fmt.Sprint(r.control.didOf("ws_acme")) == fmt.Sprint(want) })
	if len(r.control.didOf("ws_globex")) != 0 {
		t.Errorf("of a workspace without a filter is told %v", r.control.didOf("ws_globex"))
	}
	r.control.with(func() {
		for _, a := range r.control.did {
			for _, told := range a.Rules {
				if told.Last.Before(before.Truncate(time.Microsecond)) || told.Last.After(time.Now()) {
					t.Errorf("%+v", told)
				}
			}
		}
	})
}

func TestTheEndOfAnEdgeTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, allowing(r.instance("acme", says("acme here")), friend))
	r.start()
	r.waitVersion(1)
	r.getAt(friend, "acme.longhouse.localhost", "/").want(t, http.StatusOK, "")
	must(t, r.stop())
	if got := r.control.didOf("ws_acme")["ipr_"+friend]; got != 1 {
		t.Errorf("%d requests were told", got)
	}
}

func TestADoorRemembersSomeOfThoseItDenied(t *testing.T) {
	t.Parallel()
	all := &tallies{}
	come := func(d *door, client netip.Addr, at int64) {
		x := &exchange{client: client, started: time.UnixMicro(at)}
		if in, _ := d.take(x); in {
			t.Fatalf("%s is let in", client)
		}
		d.take(x) // once more, as for an instance that moved
	}
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	var doors []*door
	for range denyingDoors + 1 {
		d := &door{now: time.Now, tallies: all, workspace: fmt.Sprint("ws_", len(doors))}
		d.obey(known(t, allowing(routeTo("acme", "/s"), "192.0.2.1")))
		doors = append(doors, d)
		come(d, address(1), 1)
	}
	for i := range 3 * deniedKept {
		come(doors[0], address(i), int64(10+i))
	}
	come(doors[0], netip.AddrFrom16(address(3*deniedKept-1).As16()), 1000)
	come(doors[0], netip.Addr{}, 1000)
	told := map[string][]feed.Denied{}
	list, _, rest := askDoors(all.due())
	for len(rest) > 0 {
		var more []feed.WorkspaceActivity
		more, _, rest = askDoors(rest)
		list = append(list, more...)
	}
	for _, a := range list {
		told[a.WorkspaceID] = a.Denied
	}
	if len(told) != denyingDoors {
		t.Errorf("%d doors tell of some", len(told))
	}
	got := told["ws_0"]
	slices.SortFunc(got, func(a, b feed.Denied) int { return a.Address.Compare(b.Address) })
	if len(got) != deniedKept || got[0].Address != address(2*deniedKept) || got[0].Requests != 1 || got[deniedKept-1].Requests != 2 || got[deniedKept-1].Last.UnixMicro() != 1000 {
		t.Errorf("%+v", got)
	}
	if n := all.denying.Load(); n != 0 {
		t.Errorf("%d doors still remember some", n)
	}
	doors[1].obey(known(t, allowing(routeTo("acme", "/s"), "192.0.2.1")))
	come(doors[1], address(1), 1)
	doors[1].shut()
	if list, _, _ := askDoors(all.due()); len(list) != 0 || all.denying.Load() != 0 {
		t.Errorf("of a workspace that is gone is told %+v", list)
	}
}

func TestTalliesAreToldInParts(t *testing.T) {
	t.Parallel()
	all := &tallies{}
	networks := make([]string, 1000)
	for i := range networks {
		networks[i] = fmt.Sprintf("10.0.%d.%d", i>>8, i&255)
	}
	const many = 12
	for i := range many {
		d := &door{now: time.Now, tallies: all, workspace: fmt.Sprint("ws_", i)}
		d.obey(known(t, allowing(routeTo("acme", "/s"), networks...)))
		for j := range networks {
			x := &exchange{client: netip.MustParseAddr(networks[j]), started: time.Now()}
			d.take(x)
			x.leave()
		}
	}
	first, of, rest := askDoors(all.due())
	putBack(first, of) // and is told another time
	all.handBack(rest)
	seen := 0
	for due := all.due(); len(due) > 0; {
		var list []feed.WorkspaceActivity
		list, _, due = askDoors(due)
		n := 0
		for _, a := range list {
			n += len(a.Rules)
		}
		if n > feed.MostActivity {
			t.Errorf("%d in one part", n)
		}
		seen += n
	}
	if len(rest) == 0 || seen != many*len(networks) || len(all.due()) != 0 {
		t.Errorf("%d are told, and %d doors were left of the first part", seen, len(rest))
	}
}
