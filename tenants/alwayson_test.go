package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func (b *bundle) setRest(p Principal, ws uuid.UUID, always *bool, after *time.Duration) Workspace {
	b.t.Helper()
	got, err := b.store.SetRest(b.t.Context(), p, ws, RestWish{AlwaysOn: always, IdleAfter: after})
	b.must(err)
	return got
}

func TestAWorkspaceHasAnIdleTimeOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	edge := b.anEdge("one")
	b.used(edge)
	p, ws := b.unused("engines")
	hour, none := time.Hour, time.Duration(0)
	for range 2 { // the second time nothing changes, and nobody is told
		if got := b.setRest(p, ws, nil, &hour); got.IdleAfter != hour || got.AlwaysOn {
			t.Errorf("%+v", got)
		}
	}
	if n := b.count("audit_events where action = 'workspace.set_rest' and actor = $1 and details = '{\"idle_after\": \"1h\"}'", p.Name()); n != 1 {
		t.Errorf("%d events tell of it", n)
	}
	b.idles(edge, time.Hour-time.Second)
	b.rests(0)
	b.idles(edge, time.Second)
	b.rests(1)
	b.end(b.open(ws), Undone)
	b.setRest(p, ws, nil, &none)
	b.idles(edge, idleUsual)
	b.rests(1)
}

func TestAWorkspaceThatIsAlwaysOnDoesNotHibernate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	edge := b.anEdge("one")
	b.used(edge)
	p, ws := b.hibernated("engines", nil)
	yes, no := true, false
	if got := b.setRest(p, ws, &yes, nil); !got.AlwaysOn || got.State != Hibernated {
		t.Errorf("%+v", got)
	}
	wakes := func(want int) {
		t.Helper()
		if n, err := b.store.WakeDue(t.Context()); n != want || err != nil {
			t.Errorf("%d are woken, %v", n, err)
		}
	}
	wakes(1)
	b.end(b.open(ws), Undone) // it is tried again after a while
	wakes(0)
	b.move(wakePause)
	wakes(1)
	if wake := b.open(ws); wake.Kind != KindWake || wake.RequestedBy != System || wake.Reason != "it is always on" {
		t.Errorf("%+v", wake)
	}
	b.end(b.open(ws), Succeeded)
	b.idles(edge, 2*idleUsual)
	b.rests(0)
	_, err := b.store.Ask(t.Context(), p, ws, HibernateArgs{}, "test")
	b.refused(err, Conflict, "the workspace is always on; to have it hibernate take that back first: longhouse workspaces set engines --always-on=false")
	b.setRest(p, ws, &no, nil)
	b.rests(1)
	b.setRest(p, ws, &yes, nil) // while it is put to rest
	b.end(b.open(ws), Succeeded)
	if b.state(ws) != Waking {
		t.Errorf("it is %s", b.state(ws))
	}
}

func TestWishesAboutRestThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.unused("engines")
	for _, after := range []time.Duration{-time.Hour, time.Second, 59 * time.Second, 90*time.Second + 1, 721 * time.Hour} {
		_, err := b.store.SetRest(t.Context(), p, ws, RestWish{IdleAfter: &after})
		b.refused(err, Invalid, "allowed are whole seconds from 60 to 2592000, and 0, which stands for that of the plan; for never set always_on")
	}
	_, err := b.store.SetRest(t.Context(), p, ws, RestWish{})
	b.refused(err, Invalid, "name always_on, idle_after_s or both")
	yes := true
	_, err = b.store.SetRest(t.Context(), p, uuid.New(), RestWish{AlwaysOn: &yes})
	b.refused(err, NotFound, "no such workspace")
	b.exec("update workspaces set state = 'deleted', deleted_at = now()")
	_, err = b.store.SetRest(t.Context(), p, ws, RestWish{AlwaysOn: &yes})
	b.refused(err, Conflict, "nothing is left that could hibernate")
}

func TestWakesOfThirtyDaysAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.hibernated("engines", nil)
	b.must(b.store.WantAwake(t.Context(), ws))
	b.end(b.open(ws), Succeeded)
	b.move(wakesShown)
	b.rest(p, ws, nil)
	b.must(b.store.WantAwake(t.Context(), ws))
	b.move(2 * time.Second)
	b.end(b.open(ws), Succeeded)
	counts, err := b.store.RecentWakes(t.Context(), []uuid.UUID{ws, uuid.New()})
	b.must(err)
	if got := b.workspace(ws); len(counts) != 1 || counts[ws] != 1 || got.Wakes != 2 || got.WakeWhy != "somebody came for it" || !got.WokenAt.Equal(b.now()) || got.LastWake != 2*time.Second {
		t.Errorf("%v, %+v", counts, got)
	}
}
