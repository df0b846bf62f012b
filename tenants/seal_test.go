package tenants

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// A pass that takes more than one transaction seals everything once, though writers go on meanwhile.
func TestAPassMayTakeSeveralTransactions(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	const many = SealMost + 10
	tr.exec(`insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		select gen_random_uuid(), $3, $1, 'a', 'b', 'c', '', '{}' from generate_series(1, $2)`, tr.a, many, tr.now())
	for i, want := range []int{SealMost, 10, 3, 0} {
		if i == 1 {
			tr.write(1) // after the pass began: for the next one
		}
		if n, err := tr.store.Seal(t.Context()); err != nil || n != want {
			t.Fatalf("transaction %d sealed %d: %v", i, n, err)
		}
	}
	if r := tr.verify(); len(r.Faults) != 0 || r.Events != expected+many+3 {
		t.Errorf("%+v", r)
	}
}

func TestWhatWaitsIsCounted(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(2)
	c, err := tr.store.AuditState(t.Context())
	if err != nil || c.Unsealed != 6 {
		t.Errorf("%+v %v", c, err)
	}
	tr.seal()
	if c, err = tr.store.AuditState(t.Context()); err != nil || c.Unsealed != 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// A database that was restored in another cluster has numbers of transactions that are still to come there.
func TestARestoredTrailGoesOn(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(1) // not sealed when the backup was made
	tr.exec("begin; set local session_replication_role = replica; update audit_events set txid = (txid::text::bigint + 100)::text::xid8; update audit_pass set since = '1000000:1000000:'; commit")
	tr.must(tr.store.Restored(t.Context(), tr.now(), auditKey))
	for range 200 { // past the numbers of the restored events
		tr.exec("select pg_current_xact_id()")
	}
	tr.write(1)
	tr.seal()
	if r := tr.verify(); len(r.Faults) != 0 || r.Events != expected+7 {
		t.Errorf("%+v", r)
	}
}

// TestARestoreIsSealedThoughOthersWriteMeanwhile has transactions that began after a restore's end before it, as those of the
// database's own housekeeping may.
func TestARestoreIsSealedThoughOthersWriteMeanwhile(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.store.SetClock(func() time.Time {
		tr.exec("select pg_current_xact_id()")
		return tr.now()
	})
	for range 8 {
		tr.must(tr.store.Restored(t.Context(), tr.now(), auditKey))
		tr.seal()
		if r := tr.verify(); len(r.Faults) != 0 {
			t.Fatalf("%+v", r)
		}
	}
}

// TestARowThatNobodyCanReadStopsNobody has somebody with all rights on the database write what we never would.
func TestARowThatNobodyCanReadStopsNobody(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ at, details, want string }{
		"a number":          {"'2030-03-01 12:02:30+00'", `{"n": 1}`, "has details that nobody here wrote"},
		"nothing":           {"'2030-03-01 12:02:30+00'", `{"n": null}`, "has details that nobody here wrote"},
		"a list":            {"'2030-03-01 12:02:30+00'", `["n"]`, "has details that nobody here wrote"},
		"a word":            {"'2030-03-01 12:02:30+00'", `"n"`, "has details that nobody here wrote"},
		"without a name":    {"'2030-03-01 12:02:30+00'", `{"": "n"}`, "has details that nobody here wrote"},
		"never":             {"'infinity'", `{}`, "has a time that nobody here wrote"},
		"before everything": {"'-infinity'", `{}`, "has a time that nobody here wrote"},
		"in year 20000":     {"'20000-01-01'", `{}`, "has a time that nobody here wrote"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			insert := "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details) values (gen_random_uuid(), " + c.at + ", '" + tr.a.String() + "', 'a', 'b', 'c', '', '" + c.details + "')"
			if _, err := tr.pool.Exec(t.Context(), insert); err == nil || !strings.Contains(err.Error(), "audit_events_") {
				t.Errorf("the database takes it: %v", err)
			}
			tr.exec("alter table audit_events drop constraint audit_events_details_check, drop constraint audit_events_at_check")
			tr.exec(insert)
			tr.write(3)
			tr.seal()
			r := tr.verify()
			if len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "chain "+tr.a.String()+", event 13: "+c.want) || r.Events != expected+3*3+1 {
				t.Errorf("%+v", r)
			}
			list, err := tr.store.Events(t.Context(), &tr.a, EventFilter{}, Page{Limit: 100})
			if tr.must(err); len(list) != 2*each+3+1 {
				t.Errorf("%d events are listed", len(list))
			}
			_, err = json.Marshal(list)
			tr.must(err)
			tr.exec("begin; set local session_replication_role = replica; update audit_events set details = '{\"n\": 2}' where actor = 'a'; commit")
			if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "event 13: was changed") {
				t.Errorf("after a change: %+v", r)
			}
		})
	}
}

// TestWhatHasItsPlaceAlreadyStopsNoPass: somebody with all rights on the database had the sealer begin anew.
func TestWhatHasItsPlaceAlreadyStopsNoPass(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.exec("create table before as select * from audit_pass")
	tr.write(2)
	tr.seal()
	tr.exec("update audit_pass set since = b.since, low = b.low from before b")
	tr.write(1)
	tr.seal()
	if r := tr.verify(); len(r.Faults) != 0 || r.Events != expected+3*3 {
		t.Errorf("%+v", r)
	}
}
