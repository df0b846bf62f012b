package tenants

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// filterMails are those that are to be sent now, which they are.
func (b *bundle) filterMails() (list []IPFilterMail) {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select id from ip_filter_mails order by id")
	b.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	b.must(err)
	for _, mail := range ids {
		m, err := b.store.IPFilterMail(b.t.Context(), mail)
		b.must(err)
		if m != nil {
			list = append(list, *m)
		}
		b.must(b.store.ForgetIPFilterMail(b.t.Context(), mail))
	}
	return list
}

func TestWhoMaySetAFilterIsToldOfEachChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	for name, role := range map[string]Role{"second": Owner, "third": Admin, "fourth": Security, "fifth": Auditor, "sixth": Billing} {
		b.person(name)
		_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, name+"@example.com", role)
		b.must(err)
	}
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	c := closed(1, "203.0.113.0/24", "198.51.100.0/24")
	c.Reason = "a new office"
	b.setFilter(p, done.Workspace.ID, c)
	_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, "second@example.com", Auditor)
	b.must(err)
	var first, second []string
	for _, m := range b.filterMails() {
		if m.By != "engines@example.com" || m.Host != "engines.longhouse.test" || m.Tenant != "engines" {
			t.Errorf("%+v", m)
		}
		switch m.Filter.Version {
		case 1:
			if !m.Changes.Switched || len(m.Changes.Added) != 1 {
				t.Errorf("of the first version is told %+v", m.Changes)
			}
			first = append(first, m.To)
		case 2:
			if m.Changes.Switched || len(m.Changes.Added) != 1 || m.Changes.Added[0].Network.String() != "198.51.100.0/24" || m.Filter.Reason != "a new office" {
				t.Errorf("of the second version is told %+v", m)
			}
			second = append(second, m.To)
		}
	}
	want := []string{"engines@example.com", "fourth@example.com", "third@example.com"}
	for _, told := range [][]string{first, second} {
		if slices.Sort(told); !slices.Equal(told, want) {
			t.Errorf("told are %q, want %q", told, want)
		}
	}
	if n := slices.Index(b.queue.nudges, TopicIPFilterMail); n < 0 {
		t.Error("nobody is asked to send them")
	}
}

func TestMailsThatCouldNotBeSentAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	b.must(b.store.Forget(t.Context()))
	if n := b.count("ip_filter_mails"); n != 1 {
		t.Errorf("there are %d mails", n)
	}
	b.move(DeliveriesKept + time.Hour)
	b.must(b.store.Forget(t.Context()))
	if n := b.count("ip_filter_mails"); n != 0 {
		t.Errorf("%d are kept for ever", n)
	}
}
