package tenants

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// used has an edge tell that these workspaces, and no other, were used since it told last.
func (b *bundle) used(p EdgeProcess, workspaces ...uuid.UUID) {
	b.t.Helper()
	b.must(b.store.NoteUses(b.t.Context(), p, workspaces, false))
}

// unused is a running workspace of a tenant of its own.
func (b *bundle) unused(slug string) (Principal, uuid.UUID) {
	b.t.Helper()
	done, p := b.signUp(slug)
	b.end(done.Operation, Succeeded)
	return p, done.Workspace.ID
}

// idles has time pass in which an edge tells of no use but of these.
func (b *bundle) idles(p EdgeProcess, d time.Duration, used ...uuid.UUID) {
	b.t.Helper()
	for ; d > 0; d -= usesGap {
		b.move(min(d, usesGap))
		b.used(p, used...)
	}
}

// rests counts what begins to rest after half an hour that nobody uses it.
func (b *bundle) rests(want int) {
	b.t.Helper()
	times, err := ParseIdleTimes("")
	b.must(err)
	if n, err := b.store.HibernateIdle(b.t.Context(), times); n != want || err != nil {
		b.t.Errorf("%d begin to rest, %v, want %d", n, err, want)
	}
}

func TestAWorkspaceThatNobodyUsesHibernates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	edge := b.anEdge("one")
	b.used(edge)
	_, ws := b.unused("engines")
	b.idles(edge, idleUsual-time.Minute)
	b.rests(0)
	b.idles(edge, time.Minute, ws) // somebody comes at the last moment
	b.rests(0)
	b.idles(edge, idleUsual)
	b.rests(1)
	op := b.open(ws)
	if op.Kind != KindHibernate || op.RequestedBy != System || op.Reason != "nobody has used it for 30m" || b.state(ws) != Hibernating {
		t.Errorf("it is %s, by %+v", b.state(ws), op)
	}
	if n := b.count("audit_events where action = 'workspace.hibernate' and actor = 'system' and details ->> 'why' = 'nobody has used it for 30m'"); n != 1 {
		t.Errorf("%d events tell of it", n)
	}
	b.rests(0)
	b.end(op, Undone) // somebody was there all the same
	b.idles(edge, idleUsual-time.Second)
	b.rests(0)
	b.idles(edge, time.Second)
	b.rests(1)
}

func TestWhatEdgesDoNotTellCountsAsUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(b *bundle, one EdgeProcess)
		rests  int
	}{
		"there is no edge":          {func(b *bundle, one EdgeProcess) { b.confirms(one, 0, one.Lease) }, 0},
		"one tells":                 {func(*bundle, EdgeProcess) {}, 1},
		"it was silent just now":    {func(b *bundle, one EdgeProcess) { b.move(usesGap + time.Second); b.confirms(one, 0) }, 0},
		"it was silent in between":  {func(b *bundle, one EdgeProcess) { b.move(usesGap + time.Second); b.used(one) }, 0},
		"it was silent long before": {func(b *bundle, one EdgeProcess) { b.move(usesGap + time.Second); b.idles(one, idleUsual+usesGap) }, 1},
		"another tells nothing":     {func(b *bundle, _ EdgeProcess) { b.anEdge("two") }, 0},
		"another has told not all": {func(b *bundle, _ EdgeProcess) {
			b.must(b.store.NoteUses(b.t.Context(), b.anEdge("two"), nil, true))
		}, 0},
		"another begins to tell": {func(b *bundle, _ EdgeProcess) { b.used(b.anEdge("two")) }, 0},
		"another is cut off":     {func(b *bundle, one EdgeProcess) { b.used(b.anEdge("two")); b.idles(one, idleUsual+usesGap) }, 0},
		"another is fenced": {func(b *bundle, _ EdgeProcess) {
			_, err := b.store.FenceEdge(b.t.Context(), anOperator, b.anEdge("two").Edge)
			b.must(err)
		}, 1},
		"its next process tells nothing yet": {func(b *bundle, one EdgeProcess) {
			b.must(b.store.MeetEdge(b.t.Context(), EdgeProcess{Edge: one.Edge, Lease: id.New(), Name: one.Name}))
		}, 0},
		"its next process goes on": {func(b *bundle, one EdgeProcess) {
			next := EdgeProcess{Edge: one.Edge, Lease: id.New(), Name: one.Name}
			b.used(next)
			b.confirms(one, 0, one.Lease)
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			one := b.anEdge("one")
			b.used(one)
			b.unused("engines")
			b.idles(one, idleUsual)
			c.before(b, one)
			b.rests(c.rests)
		})
	}
}

func TestUsesOfAnEdgeThatMayTellNothingDoNotCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.anEdge("one")
	b.used(one)
	b.confirms(one, 0, one.Lease)
	b.refused(b.store.NoteUses(t.Context(), one, nil, false), Conflict, "this lease is over")
	two := b.anEdge("two")
	_, err := b.store.FenceEdge(t.Context(), anOperator, two.Edge)
	b.must(err)
	if err := b.store.NoteUses(t.Context(), two, nil, false); err == nil || err.Error() != ErrFenced.Error() {
		t.Error(err)
	}
}

func TestWhoOpensAWorkspaceUsesIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	edge := b.anEdge("one")
	b.used(edge)
	p, ws := b.unused("engines")
	b.idles(edge, idleUsual)
	_, err := b.store.OpenWorkspace(t.Context(), p, ws)
	b.must(err)
	b.rests(0)
}

func TestCanariesAndTenantsThatWaitAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.store.EnsureCanaries(t.Context()))
	b.exec("update workspaces set state = 'running'")
	b.exec("update operations set state = 'succeeded', finished_at = now()")
	edge := b.anEdge("one")
	b.used(edge)
	p, ws := b.unused("engines")
	_, op, err := b.store.CreateWorkspace(t.Context(), p, NewWorkspace{Tenant: b.workspace(ws).Tenant, Name: "More", Slug: "more"})
	b.must(err)
	b.idles(edge, idleUsual)
	b.rests(0)
	b.end(op, Undone)
	b.rests(1)
}

func TestWhatRestsFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	one, two, three := id.New(), id.New(), id.New()
	ago := func(tenant uuid.UUID, minutes int) idle {
		return idle{workspace: id.New(), tenant: tenant, since: now.Add(-time.Duration(minutes) * time.Minute), after: 30 * time.Minute}
	}
	all := []idle{ago(one, 100), ago(one, 90), ago(two, 80), ago(three, 30), ago(id.New(), 29)}
	slow, never := ago(id.New(), 200), ago(id.New(), 200)
	slow.after, never.after = 201*time.Minute, 0
	all = slices.Concat([]idle{slow, never}, all)
	for name, c := range map[string]struct {
		known time.Time
		most  int
		want  []idle
	}{
		"one of each tenant":     {now.Add(-time.Hour), 8, []idle{all[2], all[4], all[5]}},
		"as many as there may":   {now.Add(-time.Hour), 2, []idle{all[2], all[4]}},
		"none beside too many":   {now.Add(-time.Hour), -1, nil},
		"what is not known long": {now.Add(-30*time.Minute + 1), 8, nil},
	} {
		if got := restful(all, c.known, now, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
