package tenants

import (
	"slices"
	"strings"
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
	b.must(b.store.SealAll(t.Context()))
	b.exec("analyze audit_events, audit_seals")
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
			// Though all of them were sealed since the mark, only those that wait are looked for among the seals.
			looked := scans(t, alone, "audit_seals_event_key")
			_, err := store.Events(t.Context(), tenant, EventFilter{}, Page{Limit: 51})
			b.must(err)
			if n := scans(t, alone, "audit_seals_event_key") - looked; n > 10 {
				t.Errorf("%d events are looked for among the seals", n)
			}
			if n := scans(t, alone, index) - before; n != 20 { // for those in their places, and those that wait
				t.Errorf("%+v, operators %t: %s was used %d times, want 20", f, tenant == nil, index, n)
			}
		}
	}
}

// TestATrailIsListedByPlaces: what an event says of its time, and its id, move it nowhere.
func TestATrailIsListedByPlaces(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details) values ('01900000-0000-7000-8000-000000000000', '2020-01-02', $1, 'per_victim', 'workspace.delete', 'ws_x', '', '{}')", tr.a)
	tr.seal()
	tr.write(3) // wait for their places
	want := []int64{0, 0, 0}
	for seq := int64(2*each + 1); seq > 0; seq-- {
		want = append(want, seq)
	}
	for _, size := range []int32{1, 2, 3, 5, 100} {
		var got []int64
		var page Page
		for page.Limit = size; ; {
			list, err := tr.store.Events(t.Context(), &tr.a, EventFilter{}, page)
			tr.must(err)
			for _, e := range list {
				got = append(got, e.Seq)
				page.Before = e.ID
			}
			if len(list) == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", size, got, want)
		}
	}
	list, err := tr.store.Events(t.Context(), &tr.a, EventFilter{}, Page{Limit: 4})
	if tr.must(err); list[3].Actor != "per_victim" || !strings.HasSuffix(list[0].Subject, "_2") {
		t.Errorf("%+v", list)
	}
	first := list[0].ID
	tr.seal() // between two pages
	if list, err = tr.store.Events(t.Context(), &tr.a, EventFilter{}, Page{Limit: 2, Before: first}); err != nil || len(list) != 2 || list[0].Seq != 2*each+3 || list[1].Seq != 2*each+2 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := tr.store.Events(t.Context(), &tr.a, EventFilter{}, Page{Limit: 2, Before: uuid.New()}); err == nil {
		t.Error("a list goes on behind nothing")
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
