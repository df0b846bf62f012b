package controlplane

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func newEdge(name string) feed.Identity {
	return feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: id.Show(id.EdgeLease, id.New()), Name: name}
}

// confirmed posts a confirmation as an edge does.
func (b *bundle) confirmed(who feed.Identity, version int64, over ...string) answer {
	b.t.Helper()
	history, err := b.store.RouteHistory(b.t.Context())
	b.must(err)
	a, err := b.try(post, feed.ConfirmationsPath, edgeToken, feed.Confirmation{Identity: who, Version: version, History: history, Over: over})
	b.must(err)
	return a
}

// edgeStream opens one as this edge.
func (b *bundle) edgeStream(who feed.Identity) (*http.Response, func() feed.Message) {
	return b.connect("?"+who.Query().Encode(), edgeToken)
}

// saved waits for the edges as the handler of a save does.
func (b *bundle) saved(version int64) <-chan EdgesTold {
	told := make(chan EdgesTold, 1)
	go func() {
		got, err := b.server.awaitEdges(b.t.Context(), version)
		if err != nil {
			b.t.Error(err)
		}
		told <- got
	}()
	return told
}

func TestASaveIsAcknowledgedWhenEveryEdgeHasConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.confirmWithin = time.Minute
	b.setRoute(b.signUp("engines").Workspace.ID, tenants.Serving)
	one, two := newEdge("one"), newEdge("two")
	b.edgeStream(one)
	b.edgeStream(two)
	told := b.saved(1)
	if a := b.confirmed(one, 1); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	select {
	case early := <-told:
		t.Fatalf("acknowledged before the second: %+v", early)
	default:
	}
	began := time.Now()
	b.confirmed(two, 1)
	if got := <-told; got.Confirmed != 2 || len(got.Behind) != 0 || got.Behind == nil {
		t.Errorf("%+v", got)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestASaveNamesTheEdgesThatHaveNotConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.confirmWithin = 50 * time.Millisecond
	one, slow, gone := newEdge("one"), newEdge("slow"), newEdge("gone")
	b.confirmed(gone, 5)
	b.clock.move(time.Minute)
	b.confirmed(slow, 6)
	b.confirmed(one, 7)
	got := <-b.saved(7)
	if got.Confirmed != 1 || len(got.Behind) != 2 || got.Behind[0].Name != "gone" || got.Behind[0].Version != 5 || got.Behind[1].ID != slow.Edge ||
		got.Behind[0].LastHeard.After(got.Behind[1].LastHeard.Add(-50*time.Second)) {
		t.Errorf("%+v", got)
	}
}

// Whoever is only cut off is named at once: nothing would come of waiting.
func TestASaveDoesNotWaitForAnEdgeThatIsCutOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.confirmWithin = time.Hour
	b.confirmed(newEdge("gone"), 6)
	b.clock.move(time.Minute)
	if got := <-b.saved(7); len(got.Behind) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestASaveThatNobodyWaitsForEndsItsWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.confirmWithin = time.Hour
	b.confirmed(newEdge("slow"), 6)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.server.awaitEdges(ctx, 7); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAFenceEndsTheStreamAndTheWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.confirmWithin = time.Hour
	op, one := b.operator(), newEdge("one")
	_, next := b.edgeStream(one)
	next() // the snapshot
	b.confirmed(one, 6)
	told := b.saved(7)
	var e Edge
	b.want(http.StatusOK, post, "/edges/one/fence", op, nil).into(t, &e)
	if e.State != "fenced" || e.ID != one.Edge || e.FencedAt == nil || e.ToldAt != nil || !strings.HasPrefix(e.FencedBy, "opr_") {
		t.Errorf("%+v", e)
	}
	if got := <-told; got.Confirmed != 0 || len(got.Behind) != 0 {
		t.Errorf("%+v", got)
	}
	b.eventually("the stream ends", func() bool {
		res, _ := b.edgeStream(one)
		return res.StatusCode == http.StatusForbidden && res.Header.Get(feed.FencedHeader) != ""
	})
	if a := b.confirmed(one, 7); a.status != http.StatusForbidden || a.header.Get(feed.FencedHeader) == "" || !strings.Contains(string(a.body), "an operator has fenced this edge") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	var list List[Edge]
	b.want(http.StatusOK, get, "/edges", op, nil).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].ToldAt == nil {
		t.Errorf("%+v", list)
	}
	var free Edge
	b.want(http.StatusOK, post, "/edges/"+one.Edge+"/unfence", op, nil).into(t, &free)
	if res, _ := b.edgeStream(one); free.FencedAt != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%+v, %d", free, res.StatusCode)
	}
	b.want(http.StatusNotFound, post, "/edges/nobody/fence", op, nil)
}

func TestAnOpenStreamEndsWhenItsEdgeIsFenced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := newEdge("one")
	res, next := b.edgeStream(one)
	next()
	b.want(http.StatusOK, post, "/edges/one/fence", b.operator(), nil)
	var err error
	for lines := feed.NewReader(res.Body); err == nil; {
		_, err = lines.Next()
	}
	if !errors.Is(err, io.EOF) { // as our own limit would
		t.Error(err)
	}
}

func TestOnlyEdgesConfirm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := feed.Confirmation{Identity: newEdge("one"), Version: 1}
	for _, token := range []string{"", "wrong", b.operator(), b.signUp("engines").Token} {
		if a, err := b.try(post, feed.ConfirmationsPath, token, good); err != nil || a.status != http.StatusUnauthorized {
			t.Errorf("%q: %d, %v", token, a.status, err)
		}
	}
	for name, body := range map[string]any{"nothing": "", "nobody": feed.Confirmation{Version: 1}, "no JSON": "{", "too long": `{"history":"` + strings.Repeat("x", feed.MaxConfirmation) + `"}`} {
		if a, err := b.try(post, feed.ConfirmationsPath, edgeToken, body); err != nil || a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s, %v", name, a.status, a.body, err)
		}
	}
	if res, _ := b.connect("?edge=x", edgeToken); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a stream of half an identity: %d", res.StatusCode)
	}
	a := b.confirmed(good.Identity, 1, good.Lease)
	if again := b.confirmed(good.Identity, 1); a.status != http.StatusNoContent || again.status != http.StatusConflict {
		t.Errorf("%d, and after the good-bye %d", a.status, again.status)
	}
}

func init() {
	fenced := func(b *bundle) wish {
		b.confirmed(newEdge("one"), 0)
		return wish{"/edges/one/fence", b.operator(), nil}
	}
	wishes["fence-edge"] = fenced
	wishes["unfence-edge"] = func(b *bundle) wish {
		w := fenced(b)
		b.want(http.StatusOK, post, w.path, w.token, nil)
		return wish{"/edges/one/unfence", w.token, nil}
	}
}

func TestTheFiguresCountEdges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setRoute(b.signUp("engines").Workspace.ID, tenants.Serving)
	b.confirmed(newEdge("lost"), 1)
	b.clock.move(time.Minute)
	b.confirmed(newEdge("one"), 1)
	b.confirmed(newEdge("two"), 0)
	want := `# HELP longhouse_edges Edges by state: current and behind hold a lease; cut_off and behind may serve by older routes.
# TYPE longhouse_edges gauge
longhouse_edges{state="behind"} 1
longhouse_edges{state="current"} 1
longhouse_edges{state="cut_off"} 1
longhouse_edges{state="fenced"} 0
longhouse_edges{state="left"} 0
longhouse_edges{state="lost"} 0
`
	if err := testutil.CollectAndCompare(NewGauges(b.store, b.server.log), strings.NewReader(want), "longhouse_edges"); err != nil {
		t.Error(err)
	}
}
