package tenants

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// mails are those that are to be sent now, which they are.
func (b *bundle) mails() (list []DeletionMail) {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select id from deletion_mails order by id")
	b.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	b.must(err)
	for _, mail := range ids {
		m, err := b.store.DeletionMail(b.t.Context(), mail)
		b.must(err)
		if m != nil {
			list = append(list, *m)
		}
		b.must(b.store.ForgetDeletionMail(b.t.Context(), mail))
	}
	return list
}

// told fails the test unless these people, and nobody else, are told that.
func (b *bundle) told(news DeletionNews, by string, at time.Time, to ...string) {
	b.t.Helper()
	var addresses []string
	for _, m := range b.mails() {
		if m.Tells != news || m.By != by || !m.At.Equal(at) || m.Removing {
			b.t.Errorf("%+v, want %s by %s until %s", m, news, by, at)
		}
		addresses = append(addresses, m.To)
	}
	slices.Sort(addresses)
	if !slices.Equal(addresses, to) {
		b.t.Errorf("%s is told to %q, want %q", news, addresses, to)
	}
}

func (b *bundle) remind() {
	b.t.Helper()
	_, err := b.store.RemindOfRemovals(b.t.Context())
	b.must(err)
}

func TestOwnersAreToldWhatBecomesOfADeletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	b.confirm(p)
	for name, role := range map[string]Role{"second": Owner, "third": Admin, "fourth": Auditor} {
		b.person(name)
		_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, name+"@example.com", role)
		b.must(err)
	}
	_, unconfirmed := b.retired("unconfirmed", Running, Deletion{})
	b.told("", "", *unconfirmed.DeleteAt)
	ws, owners := done.Workspace.ID, []string{"engines@example.com", "second@example.com"}
	change := func(by Principal, at time.Time) {
		t.Helper()
		_, op, err := b.store.Delete(t.Context(), by, ws, Deletion{At: at})
		b.must(err)
		if op != nil {
			b.end(*op, Succeeded)
		}
	}
	first, next := b.now().Add(20*24*time.Hour), b.now().Add(30*24*time.Hour)
	change(p, first)
	b.told(DeletionAsked, "engines@example.com", first, owners...)
	change(p, first) // which changes nothing
	b.told("", "", first)
	change(Principal{Operator: id.New()}, next)
	b.told(DeletionAsked, "an operator of this installation", next, owners...)
	change(b.token(p, done.Tenant.ID, DeleteWorkspace), first)
	b.told(DeletionAsked, "an API token of engines@example.com", first, owners...)
	_, op, err := b.store.Undelete(t.Context(), p, ws)
	b.must(err)
	b.told(DeletionTakenBack, "engines@example.com", first, owners...)
	b.end(*op, Succeeded)

	change(p, first)
	_, op, err = b.store.Undelete(t.Context(), p, ws)
	b.must(err)
	b.told(DeletionTakenBack, "engines@example.com", first, owners...) // and nobody of what was wanted before
	b.end(*op, Succeeded)

	_, _, err = b.store.Delete(t.Context(), p, ws, Deletion{Now: true, Confirm: "engines"})
	b.must(err)
	if list := b.mails(); len(list) != 2 || list[0].Tells != DeletionAsked || !list[0].Removing {
		t.Errorf("of what is removed at once %+v", list)
	}
}

// TestADeletionThatIsTakenBackTwiceIsToldOnce: the operation that takes it out of service turns back once.
func TestADeletionThatIsTakenBackTwiceIsToldOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	b.confirm(p)
	ws, _, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{})
	b.must(err)
	for range 2 {
		_, _, err := b.store.Undelete(t.Context(), p, ws.ID)
		b.must(err)
	}
	b.told(DeletionTakenBack, "engines@example.com", *ws.DeleteAt, "engines@example.com")
}

func TestOwnersAreRemindedADayBeforeARemoval(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const day = 24 * time.Hour
	p, ws := b.retired("engines", Running, Deletion{At: b.now().Add(7 * day)})
	b.confirm(p)
	owner, date := "engines@example.com", *ws.DeleteAt
	b.remind()
	b.told("", "", date)
	b.put(6*day + time.Hour) // a clock that leapt forward is not believed
	b.remind()
	b.told("", "", date)
	b.put(-6*day - time.Hour)
	b.move(6*day - time.Minute)
	b.remind()
	b.told("", "", date)
	b.move(time.Minute)
	for range 2 {
		b.remind()
	}
	b.told(DeletionSoon, owner, date, owner)

	date = b.now().Add(3 * day)
	_, _, err := b.store.Delete(t.Context(), p, ws.ID, Deletion{At: date})
	b.must(err)
	b.told(DeletionAsked, owner, date, owner)
	b.move(2 * day)
	b.remind()
	b.told(DeletionSoon, owner, date, owner)

	date = b.now().Add(20 * time.Hour) // who says so within a day was told just now
	_, _, err = b.store.Delete(t.Context(), p, ws.ID, Deletion{At: date})
	b.must(err)
	b.told(DeletionAsked, owner, date, owner)
	b.remind()
	b.told("", "", date)
}

func TestAReminderOfWhatIsTakenBackIsNotSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.retired("engines", Running, Deletion{})
	b.confirm(p)
	b.move(6*24*time.Hour + time.Hour)
	b.remind()
	_, op, err := b.store.Undelete(t.Context(), p, ws.ID)
	b.must(err)
	b.end(*op, Succeeded)
	b.told(DeletionTakenBack, "engines@example.com", *ws.DeleteAt, "engines@example.com")

	_, _, err = b.store.Delete(t.Context(), p, ws.ID, Deletion{})
	b.must(err)
	b.move(DeliveriesKept + time.Hour)
	b.remind()
	if n := b.count("deletion_mails where tells = 'asked'"); n != 0 {
		t.Errorf("%d mails that could not be sent are kept for ever", n)
	}
}
