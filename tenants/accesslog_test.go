package tenants

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

func (b *bundle) stands(p EdgeProcess, until time.Time, segments int64) {
	b.t.Helper()
	b.must(b.store.NoteAccessLog(b.t.Context(), p.Edge, AccessLogStanding{Until: until, Segments: segments, Bytes: 10 * segments, Lost: 1}))
}

func TestTheAccessLogIsCompleteUpToTheEdgeThatIsLatest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := b.store.now()
	one, two, silent := b.anEdge("one"), b.anEdge("two"), b.anEdge("silent")
	b.stands(one, now.Add(-time.Second), 0)
	b.stands(two, now.Add(-time.Hour), 2)
	state := func() AccessLogState {
		t.Helper()
		a, err := b.store.AccessLogState(t.Context())
		b.must(err)
		return a
	}
	if a := state(); !a.Until.Equal(now.Add(-time.Hour)) || len(a.Behind) != 1 || a.Behind[0].Edge != two.Edge || a.Waits != 20 || a.Lost != 2 {
		t.Errorf("%+v", a)
	}
	b.must(b.store.ConfirmRoutes(t.Context(), two, 0, "", []uuid.UUID{two.Lease})) // it leaves
	if a := state(); len(a.Behind) != 1 {
		t.Errorf("it has left, and what lies on its disk counts no more: %+v", a)
	}
	b.stands(two, now.Add(-30*time.Minute), 0)
	if a := state(); !a.Until.Equal(now.Add(-time.Second)) || len(a.Behind) != 0 || a.Lost != 3 {
		t.Errorf("it has left and told all: %+v", a)
	}
	b.refused(b.store.NoteAccessLog(t.Context(), silent.Lease, AccessLogStanding{Until: now}), NotFound, "no such edge")
	b.refused(b.store.KnowsEdge(t.Context(), silent.Lease), NotFound, "no such edge")
	b.must(b.store.KnowsEdge(t.Context(), silent.Edge))
}

// TestTheLogOfADeletedWorkspaceIsLookedForUntilNobodyCanAddToIt also where what removes it fails now and then.
func TestTheLogOfADeletedWorkspaceIsLookedForUntilNobodyCanAddToIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("elm")
	other, _ := b.signUp("oak")
	ws := done.Workspace.ID
	logged, err := b.store.Logged(t.Context(), []uuid.UUID{ws, other.Workspace.ID, id.New()})
	b.must(err)
	if len(logged) != 2 {
		t.Errorf("logged: %v", logged)
	}
	shown := id.Show(id.Workspace, ws)
	if have, err := b.store.HaveLog(t.Context(), []string{shown, id.Show(id.Workspace, id.New()), "ws_nobody", id.Show(id.Tenant, ws)}); err != nil || len(have) != 1 || !have[shown] {
		t.Errorf("have one: %v, %v", have, err)
	}
	forgotten := func(failure error) (list []uuid.UUID) {
		t.Helper()
		err := b.store.ForgetAccessLogs(t.Context(), func(_ context.Context, workspace uuid.UUID) error {
			list = append(list, workspace)
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		return list
	}
	if got := forgotten(nil); len(got) != 0 {
		t.Errorf("forgotten: %v", got)
	}
	b.exec("update workspaces set state = 'removing' where id = $1", ws)
	if logged, err := b.store.Logged(t.Context(), []uuid.UUID{ws}); err != nil || len(logged) != 0 {
		t.Errorf("logged: %v, %v", logged, err)
	}
	want := fmt.Sprint([]uuid.UUID{ws})
	if got := forgotten(nil); fmt.Sprint(got) != want {
		t.Errorf("forgotten: %v", got)
	}
	b.exec("update workspaces set state = 'deleted', deleted_at = $2 where id = $1", ws, b.store.now().Add(-AccessLogSettled+time.Minute))
	for range 2 {
		if got := forgotten(nil); fmt.Sprint(got) != want {
			t.Errorf("forgotten too soon: %v", got)
		}
	}
	b.exec("update workspaces set deleted_at = deleted_at - interval '2 minutes' where id = $1", ws)
	if got := forgotten(errors.New("no store")); fmt.Sprint(got) != want {
		t.Errorf("forgotten: %v", got)
	}
	if got := forgotten(nil); fmt.Sprint(got) != want {
		t.Errorf("given up though it failed: %v", got)
	}
	if got := forgotten(nil); len(got) != 0 {
		t.Errorf("looked for for ever: %v", got)
	}
	var each []uuid.UUID
	b.must(b.store.EachLogged(t.Context(), func(workspace uuid.UUID) error { each = append(each, workspace); return nil }))
	if fmt.Sprint(each) != fmt.Sprint([]uuid.UUID{other.Workspace.ID}) {
		t.Errorf("each: %v", each)
	}
}
