package tenants

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// anEdge is a process of an edge that the domain has met.
func (b *bundle) anEdge(name string) EdgeProcess {
	b.t.Helper()
	p := EdgeProcess{Edge: id.New(), Lease: id.New(), Name: name}
	b.must(b.store.MeetEdge(b.t.Context(), p))
	return p
}

func (b *bundle) confirms(p EdgeProcess, version int64, over ...uuid.UUID) {
	b.t.Helper()
	history, err := b.store.RouteHistory(b.t.Context())
	b.must(err)
	b.must(b.store.ConfirmRoutes(b.t.Context(), p, version, history, over))
}

// confirmedBy compares who has confirmed a version with what should be so.
func (b *bundle) confirmedBy(version int64, edges int, wait bool, behind ...string) {
	b.t.Helper()
	got, err := b.store.ConfirmedBy(b.t.Context(), version)
	b.must(err)
	var names []string
	for _, e := range got.Behind {
		names = append(names, e.Name)
	}
	if got.Edges != edges || got.Wait != wait || !slices.Equal(names, behind) {
		b.t.Errorf("version %d: %d edges have it, wait %t, behind %v; want %d, %t, %v", version, got.Edges, got.Wait, names, edges, wait, behind)
	}
}

// edgeState is how the edge of this name is listed.
func (b *bundle) edgeState(name string) EdgeState {
	b.t.Helper()
	list, err := b.store.Edges(b.t.Context())
	b.must(err)
	for _, e := range list {
		if e.Name == name {
			return e.State
		}
	}
	return ""
}

func TestTheTrailTellsOfEachEdgeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.anEdge("one")
	b.confirms(one, 1)
	b.must(b.store.MeetEdge(t.Context(), EdgeProcess{Edge: one.Edge, Lease: id.New(), Name: "renamed"}))
	if n := b.count("audit_events where action = 'edge.meet' and subject = $1", id.Show(id.Edge, one.Edge)); n != 1 {
		t.Errorf("%d events", n)
	}
	if b.edgeState("renamed") == "" {
		t.Error("it is not called as it is called now")
	}
}

func TestAVersionIsConfirmedByEveryEdgeThatHoldsALease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.confirmedBy(7, 0, false) // nobody is asked
	one, two := b.anEdge("one"), b.anEdge("two")
	b.confirmedBy(7, 0, true, "one", "two")
	b.confirms(one, 7)
	b.confirmedBy(7, 1, true, "two")
	b.confirms(two, 6)
	b.confirmedBy(7, 1, true, "two")
	b.confirms(two, 9)
	b.confirmedBy(7, 2, false)
	b.confirms(two, 3) // came late
	b.confirmedBy(9, 1, true, "one")
}

func TestALeaseThatRanOutIsNotWaitedForAndStillNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.anEdge("one"), b.anEdge("two")
	b.confirms(one, 7)
	b.confirms(two, 7)
	b.move(edgeLease - time.Second)
	b.confirms(one, 7)
	b.confirmedBy(8, 0, true, "one", "two")
	b.move(time.Second)
	b.confirms(one, 8)
	b.confirmedBy(8, 1, false, "two")
	b.confirmedBy(7, 2, false) // which it has, wherever it is
	if state := b.edgeState("two"); state != EdgeCutOff {
		t.Errorf("it is %s", state)
	}
	b.move(edgeDoubt - edgeLease - time.Second)
	b.confirmedBy(8, 1, false, "two")
	b.move(time.Second)
	b.confirmedBy(8, 1, false)
	if state := b.edgeState("two"); state != EdgeLost {
		t.Errorf("it is %s", state)
	}
	b.confirms(two, 7) // it is back
	b.confirmedBy(8, 1, true, "two")
}

// An edge that is not named will not be named later.
func TestAClockThatLeaptEndsNobodysDoubt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.confirms(b.anEdge("one"), 7)
	b.put(edgeDoubt + time.Hour)
	b.confirmedBy(8, 0, false, "one")
}

func TestWhoSaidGoodByeIsNotWaitedForAndWhoTookItsPlaceIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.anEdge("one")
	b.confirms(old, 7)
	next := EdgeProcess{Edge: old.Edge, Lease: id.New(), Name: "one"}
	b.must(b.store.MeetEdge(t.Context(), next))
	b.confirms(next, 8)
	b.confirmedBy(8, 0, true, "one") // the old one drains, and serves
	b.confirms(old, 7, old.Lease)
	b.confirmedBy(8, 1, false)
	b.refused(b.store.ConfirmRoutes(t.Context(), old, 7, "", nil), Conflict, "this lease is over") // what was late revives nobody
	b.refused(b.store.MeetEdge(t.Context(), old), Conflict, "this lease is over")
	b.confirmedBy(8, 1, false)

	killed := EdgeProcess{Edge: old.Edge, Lease: id.New(), Name: "one"}
	b.confirms(killed, 7)
	b.confirmedBy(8, 0, true, "one")
	stranger := b.anEdge("two")
	b.confirms(stranger, 8, killed.Lease) // which is not its own
	b.confirmedBy(8, 1, true, "one")
	b.confirms(next, 8, killed.Lease)
	b.confirmedBy(8, 2, false)
	b.confirms(next, 8, next.Lease)
	if state := b.edgeState("one"); state != EdgeLeft {
		t.Errorf("it is %s", state)
	}
}

func TestWhatWasConfirmedOfAnotherHistoryCountsForNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.anEdge("one")
	b.must(b.store.ConfirmRoutes(t.Context(), one, 900, "another", nil))
	b.confirmedBy(0, 0, true, "one")
	b.confirms(one, 5)
	b.confirmedBy(5, 1, false)
	b.confirmedBy(6, 0, true, "one")
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	b.confirmedBy(5, 0, true, "one")
}

func TestAFencedEdgeIsToldAndNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.anEdge("one")
	b.confirms(one, 7)
	e, err := b.store.FenceEdge(t.Context(), anOperator, one.Edge)
	b.must(err)
	if e.State != EdgeFenced || e.FencedBy != anOperator.Name() || e.ToldAt != nil {
		t.Errorf("%+v", e)
	}
	b.confirmedBy(8, 0, false)
	again := EdgeProcess{Edge: one.Edge, Lease: id.New(), Name: "renamed"}
	for _, err := range []error{b.store.MeetEdge(t.Context(), again), b.store.ConfirmRoutes(t.Context(), one, 8, "", nil)} {
		if !errors.Is(err, ErrFenced) {
			t.Errorf("it was let in: %v", err)
		}
	}
	told, err := b.store.Edge(t.Context(), one.Edge)
	b.must(err)
	if told.ToldAt == nil || told.Name != "one" {
		t.Errorf("%+v", told)
	}
	if fenced, err := b.store.Fenced(t.Context(), one.Edge); err != nil || !fenced {
		t.Errorf("%t, %v", fenced, err)
	}
	_, err = b.store.FenceEdge(t.Context(), anOperator, one.Edge) // it is
	b.must(err)
	if n := b.count("audit_events where action = 'edge.fence'"); n != 1 {
		t.Errorf("%d events", n)
	}
	_, err = b.store.UnfenceEdge(t.Context(), anOperator, one.Edge)
	b.must(err)
	b.confirmedBy(8, 0, true, "one")
	b.confirms(one, 8)
	b.confirmedBy(8, 1, false)
	_, err = b.store.FenceEdge(t.Context(), anOperator, uuid.New())
	b.refused(err, NotFound, "there is no such edge")
}

func TestTwoEdgesOfOneNameAreToldApartByTheirIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, other := b.anEdge("twin"), b.anEdge("twin")
	_, err := b.store.FindEdge(t.Context(), "twin")
	b.refused(err, Conflict, "2 edges are called twin")
	found, err := b.store.FindEdge(t.Context(), id.Show(id.Edge, other.Edge))
	if err != nil || found != other.Edge || found == one.Edge {
		t.Errorf("%s, %v", found, err)
	}
	_, err = b.store.FindEdge(t.Context(), "nobody")
	b.refused(err, NotFound, "there is no such edge")
}

func TestEdgesThatWereNotHeardOfForLongAreForgottenUnlessTheyAreFenced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.anEdge("old")
	fenced := b.anEdge("fenced")
	_, err := b.store.FenceEdge(t.Context(), anOperator, fenced.Edge)
	b.must(err)
	b.move(edgeMemory + time.Hour)
	b.anEdge("new")
	b.must(b.store.Forget(t.Context()))
	list, err := b.store.Edges(t.Context())
	b.must(err)
	if len(list) != 2 || list[0].Name != "fenced" || list[1].Name != "new" {
		t.Errorf("%+v", list)
	}
}

func TestALeaseFromTheFutureEndsWhenTheClockIsPutRight(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.anEdge("one")
	b.exec("update edge_leases set heard_at = clock_timestamp() + interval '1 year' where id = $1", p.Lease)
	_, err := b.see()
	b.must(err)
	if ahead := b.ahead("heard_at", "edge_leases"); ahead > time.Minute {
		t.Errorf("it lasts another %s", ahead)
	}
}
