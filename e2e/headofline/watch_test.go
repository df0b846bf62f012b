package headofline

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// share is how many operations of one tenant go on at a time.
const share = 2

// What operations o of whom are looked at.
const (
	ofVictim = "o.tenant_id = (select id from tenants where name = 'Tenant victim')"
	isOpen   = "o.finished_at is null"
)

// noteWaiting has the database keep which operations of tenants were ever told to wait for a place: what they say next
// hides it.
func (v *victim) noteWaiting(t *testing.T) {
	t.Helper()
	v.write(t, `create table told_to_wait (operation uuid primary key, tenant uuid not null, message text not null)`)
	v.write(t, `create function note_waiting() returns trigger language plpgsql as $$ begin
		insert into told_to_wait values (new.id, new.tenant_id, new.message) on conflict do nothing; return null; end $$`)
	v.write(t, `create trigger note_waiting after update on operations for each row
		when (new.message like 'waiting:%' and new.tenant_id is not null) execute function note_waiting()`)
}

// neverTold fails the test when an operation of anybody but the victim was told to wait.
func (v *victim) neverTold(t *testing.T) {
	t.Helper()
	var said string
	err := v.db.QueryRow(t.Context(), "select coalesce(string_agg(message, '; '), '') from told_to_wait o where not "+
		"o.tenant = (select id from tenants where name = 'Tenant victim')").Scan(&said)
	if err != nil {
		t.Fatal(err)
	}
	if said != "" {
		t.Errorf("operations of others were told to wait: %s", said)
	}
}

// told counts the operations of the victim that were told to wait.
func (v *victim) told(t *testing.T) int {
	t.Helper()
	return v.count(t, "select count(*) from told_to_wait w join operations o on o.id = w.operation where "+ofVictim)
}

// full waits until as many operations as may go on are in the step.
func (v *victim) full(t *testing.T, s spot) {
	t.Helper()
	whose, want := ofVictim, share
	if s.ofNobody() {
		whose, want = "o.tenant_id is null", 1
	}
	machine.Eventually(t, time.Minute, "operations to come to "+s.name(), func() error {
		var n int
		err := v.db.QueryRow(t.Context(), "select count(*) from operations o join operation_steps p on p.operation_id = o.id where "+whose+" and "+isOpen+
			" and o.kind = $1 and p.name = $2 and p.state = $3 and o.lease_until > clock_timestamp()", s.kind, s.step, s.state()).Scan(&n)
		if err == nil && n < want {
			err = fmt.Errorf("%d of %d are there: %s", n, want, v.goings(t))
		}
		return err
	})
}

// noneMissed fails the test when an operation had a step in which nothing was in trouble.
func (v *victim) noneMissed(t *testing.T) {
	t.Helper()
	rows, err := v.db.Query(t.Context(), "select distinct o.kind || '/' || p.name from operations o join operation_steps p on p.operation_id = o.id")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if !slices.ContainsFunc(spots(), func(s spot) bool { return s.name() == step }) {
			t.Errorf("%s is a step, and was never in trouble", step)
		}
	}
}

// tries counts how often open operations tried the step.
func (v *victim) tries(t *testing.T, s spot) (n int) {
	t.Helper()
	err := v.db.QueryRow(t.Context(), "select coalesce(sum(p.attempts), 0) from operations o join operation_steps p on p.operation_id = o.id where "+isOpen+
		" and o.kind = $1 and p.name = $2 and p.state = $3", s.kind, s.step, s.state()).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mostAtATime fails the test when more of the victim's operations go on than its share.
func (v *victim) mostAtATime(t *testing.T) {
	t.Helper()
	if n := v.count(t, "select count(*) from operations o where "+ofVictim+" and o.lease_until > clock_timestamp()"); n > share {
		t.Errorf("%d operations of the tenant in trouble go on at a time", n)
	}
}

// calm waits until no tenant has an open operation.
func (v *victim) calm(t *testing.T) {
	t.Helper()
	machine.Eventually(t, 3*time.Minute, "the operations of all tenants to end", func() error {
		if n := v.count(t, "select count(*) from operations o where o.tenant_id is not null and "+isOpen); n > 0 {
			return fmt.Errorf("%d are open: %s", n, v.goings(t))
		}
		return nil
	})
}

// hurry ends all pauses, as retrying by hand does.
func (v *victim) hurry(t *testing.T) {
	t.Helper()
	v.write(t, "update operations o set due_at = clock_timestamp() where o.due_at > clock_timestamp() and "+isOpen)
}

func (v *victim) open(t *testing.T) int {
	t.Helper()
	return v.count(t, "select count(*) from operations o where "+ofVictim+" and "+isOpen)
}

// goings are the open operations in words.
func (v *victim) goings(t *testing.T) (list string) {
	t.Helper()
	err := v.db.QueryRow(t.Context(), "select coalesce(string_agg(o.kind || ' ' || o.state || ': ' || o.message, ', '), 'none') from operations o where "+isOpen).Scan(&list)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// slugs are the victim's workspaces in a state.
func (v *victim) slugs(t *testing.T, state string) []string {
	t.Helper()
	rows, err := v.db.Query(t.Context(), "select o.slug from workspaces o where "+ofVictim+" and o.state = $1 order by o.id", state)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (v *victim) write(t *testing.T, sql string) {
	t.Helper()
	if _, err := v.db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func (v *victim) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := v.db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
