package tenants

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// unreconciled wants exactly these cells to be waiting, and the restores to be open as long as one is.
func (b *bundle) unreconciled(want ...string) {
	b.t.Helper()
	list, err := b.store.Unreconciled(b.t.Context())
	b.must(err)
	var got []string
	for _, r := range list {
		got = append(got, r.CellName)
	}
	if open := b.count("restores where reconciled_at is null") > 0; !slices.Equal(got, want) || open != (len(want) > 0) {
		b.t.Errorf("cells that wait: %v, a restore is open: %v; want %v", got, open, want)
	}
}

// restored is an installation of two cells that was restored, of which the second was only planned by then.
func restored(t *testing.T) (b *bundle, north Cell) {
	t.Helper()
	b = setup(t)
	_, err := b.store.AddCell(t.Context(), anOperator, aCell("south"))
	b.must(err)
	north = b.applied("north")
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	return b, north
}

func (b *bundle) applied(name string) Cell {
	b.t.Helper()
	c, err := b.store.AddCell(b.t.Context(), anOperator, aCell(name))
	b.must(err)
	b.exec("update cells set state = 'ready' where id = $1", c.ID)
	return c
}

func TestCellsAreComparedOneByOneAfterARestore(t *testing.T) {
	t.Parallel()
	b, north := restored(t)
	b.unreconciled("local", "north")
	b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{Lost: 1}))
	b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{})) // as another worker finds
	b.unreconciled("north")
	if n := b.count("audit_events where action = 'cell.reconcile' and details ->> 'workspaces_lost' = '1'"); n != 1 || b.count("audit_events where action = 'cell.reconcile'") != 1 {
		t.Errorf("%d comparisons are in the audit trail", n)
	}
	b.must(b.store.Restored(t.Context(), b.now(), auditKey)) // again, before all was compared
	b.unreconciled("local", "north")
	b.must(b.store.Reconciled(t.Context(), north.ID, Reconciled{}))
	b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{}))
	b.unreconciled()
}

func TestACellThatWasNotComparedTakesNobodyAndSaysWhy(t *testing.T) {
	t.Parallel()
	b, _ := restored(t)
	b.must(b.store.NoteUnreconciled(t.Context(), b.cell().ID, "it can't be reached: no route", 0))
	l, err := b.store.Load(t.Context(), b.cell().ID)
	b.must(err)
	if want := "nobody works in cell local until it was compared with the control plane's database: it can't be reached: no route"; l.Takes() || l.Sentence() != want {
		t.Errorf("takes %v: %s", l.Takes(), l.Sentence())
	}
	_, err = b.store.SignUp(t.Context(), SignUp{Email: "a@example.com", Password: password, Tenant: "a", Slug: "elm"})
	b.refused(err, Exhausted, "no cell takes new workspaces now")
	b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{}))
	done, p := b.signUp("elm")
	if d, err := b.store.Why(t.Context(), done.Operation.ID); err != nil || strings.Contains(d.Sentence, "restored") {
		t.Errorf("%q, %v", d.Sentence, err)
	}
	_ = p
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	var op uuid.UUID
	b.one(&op, "update operations set state = 'queued', finished_at = null returning id") // as one that somebody asked for since
	if d, err := b.store.Why(t.Context(), op); err != nil || !strings.HasPrefix(d.Sentence, "It waits until its cell was compared with the control plane's database") {
		t.Errorf("%q, %v", d.Sentence, err)
	}
}

func TestWhatIsLostIsAcceptedByAnOperatorAndNoMore(t *testing.T) {
	t.Parallel()
	b, north := restored(t)
	b.refused(b.store.AcceptLoss(t.Context(), anOperator, uuid.New()), NotFound, "there is no such cell")
	b.refused(b.store.AcceptLoss(t.Context(), anOperator, north.ID), Conflict, "no workspace of cell north is known to be lost; it was not compared with the control plane's database yet: no worker has looked at it yet")
	b.must(b.store.NoteUnreconciled(t.Context(), north.ID, "of 7, 5 are gone", 5))
	b.must(b.store.AcceptLoss(t.Context(), anOperator, north.ID))
	b.must(b.store.NoteUnreconciled(t.Context(), north.ID, "of 7, 6 are gone", 6))
	r, open, err := b.store.Reconciliation(t.Context(), north.ID)
	b.must(err)
	if !open || r.Accepted != 5 || r.Lost != 6 || r.Message != "of 7, 6 are gone" {
		t.Errorf("%+v, %v", r, open)
	}
	if n := b.count("audit_events where action = 'cell.accept_loss' and details ->> 'workspaces' = '5' and actor = '" + anOperator.Name() + "'"); n != 1 {
		t.Errorf("%d acceptances are in the audit trail", n)
	}
	b.must(b.store.Reconciled(t.Context(), north.ID, Reconciled{}))
	b.refused(b.store.AcceptLoss(t.Context(), anOperator, north.ID), Conflict, "cell north agrees with the database; nothing is lost in it")
}
