package tenants

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// activity is what a workspace's filter did, as people read it.
func (b *bundle) activity(workspace uuid.UUID) IPActivity {
	b.t.Helper()
	_, a, err := b.store.IPActivity(b.t.Context(), workspace)
	b.must(err)
	return a
}

func TestWhatFiltersDidIsAddedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws, other := done.Workspace.ID, b.another(p, "lab").ID
	f := b.setFilter(p, ws, closed(0, "203.0.113.0/24", "198.51.100.0/24"))
	noon, later := b.now(), b.now().Add(time.Minute)
	b.move(2 * time.Minute)
	mallory := netip.MustParseAddr("192.0.2.1")
	hits := func(n int64, at time.Time) []IPRuleHits { return []IPRuleHits{{f.Rules[1].ID, n, at}} }
	b.must(b.store.NoteIPActivity(t.Context(), []IPActivity{
		{ws, hits(2, noon), []IPDenial{{mallory, 1, noon}}}, {other, nil, []IPDenial{{mallory, 7, noon}}}, {ws, hits(3, later), []IPDenial{{mallory, 2, noon}}},
		{id.New(), hits(1, noon), []IPDenial{{mallory, 1, noon}}},
	}))
	b.must(b.store.NoteIPActivity(t.Context(), []IPActivity{{ws, hits(5, noon), []IPDenial{{mallory, 1, b.now().Add(time.Hour)}}}}))
	b.must(b.store.NoteIPActivity(t.Context(), nil))
	a := b.activity(ws)
	if r := a.Rules; len(r) != 2 || r[0].Requests != 0 || r[1].Requests != 10 || !r[1].LastAt.Equal(later) {
		t.Errorf("%+v", r)
	}
	if d := a.Denied; len(d) != 1 || d[0].Address != mallory || d[0].Requests != 4 || !d[0].LastAt.Equal(b.now()) {
		t.Errorf("%+v", d)
	}
	if a := b.activity(other); len(a.Rules) != 0 || a.Denied[0].Requests != 7 {
		t.Errorf("%+v", a)
	}
	// A rule that is gone takes its number along.
	b.setFilter(p, ws, closed(1, "203.0.113.0/24"))
	if n := b.count("ip_rule_hits"); n != 0 {
		t.Errorf("there are %d", n)
	}
}

func TestOnlyTheLastDeniedAddressesAreKeptAndNotForLong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, done := b.guarded("engines")
	ws := done.Workspace.ID
	var list []IPDenial
	for i := range denialsKept + 20 {
		list = append(list, IPDenial{netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i)), 1, b.now().Add(time.Duration(i) * time.Second)})
	}
	b.move(time.Hour)
	b.must(b.store.NoteIPActivity(t.Context(), []IPActivity{{Workspace: ws, Denied: list}}))
	if d := b.activity(ws).Denied; len(d) != denialsKept || d[0].Address != list[len(list)-1].Address || b.count("ip_denials") != denialsKept {
		t.Errorf("%d are kept, the last %+v", b.count("ip_denials"), d[0])
	}
	b.move(denialsLast)
	if d := b.activity(ws).Denied; len(d) != 0 {
		t.Errorf("after 30 days %d are told", len(d))
	}
	b.must(b.store.Forget(t.Context()))
	if n := b.count("ip_denials"); n != 0 {
		t.Errorf("after 30 days %d are kept", n)
	}
}
