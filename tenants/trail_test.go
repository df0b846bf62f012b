package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// TestATrailIsReadByIndex: one event among many is found without reading them, also when the same was asked often.
func TestATrailIsReadByIndex(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	for _, tenant := range []*uuid.UUID{&done.Tenant.ID, nil} {
		_, err := b.pool.Exec(t.Context(), `insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
			select gen_random_uuid(), now(), $1, 'per_' || n % 500, 'thing.do_' || n % 500, 'thing_' || n, '', '{}' from generate_series(1, 20000) n`, tenant)
		b.must(err)
	}
	_, err := b.pool.Exec(t.Context(), "analyze audit_events")
	b.must(err)
	alone, err := db.Open(t.Context(), b.pool.Config().ConnString(), 1) // one connection, so that the figures are those of our queries
	b.must(err)
	defer alone.Close()
	store := NewStore(alone, nil, "longhouse.test")
	for index, f := range map[string]EventFilter{"audit_events_action": {Action: "thing.do_7"}, "audit_events_actor": {Actor: "per_7"}, "audit_events_subject": {Subject: "thing_7"}} {
		for _, tenant := range []*uuid.UUID{&done.Tenant.ID, nil} {
			before := scans(t, alone, index)
			for range 10 {
				list, err := store.Events(t.Context(), tenant, f, Page{Limit: 51})
				b.must(err)
				if len(list) == 0 {
					t.Errorf("%+v finds nothing", f)
				}
			}
			if n := scans(t, alone, index) - before; n != 10 {
				t.Errorf("%+v, operators %t: %s was used %d times, want 10", f, tenant == nil, index, n)
			}
		}
	}
}

// scans is how often the index was used so far.
func scans(t *testing.T, pool *pgxpool.Pool, index string) (n int) {
	t.Helper()
	_, err := pool.Exec(t.Context(), "select pg_stat_force_next_flush()")
	if err == nil {
		err = pool.QueryRow(t.Context(), "select idx_scan from pg_stat_user_indexes where indexrelname = $1", index).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNoEventIsOlderThanTheOldestIDOfItsTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	if oldest := oldestID(now); oldest.String() >= id.New().String() || oldest.String() <= oldestID(now.Add(-time.Hour)).String() {
		t.Errorf("%s", oldest)
	}
	for _, early := range []time.Time{{}, time.Unix(0, 0), time.Unix(-1<<40, 0)} {
		if oldest := oldestID(early); oldest != uuid.Nil {
			t.Errorf("%s gives %s", early, oldest)
		}
	}
}
