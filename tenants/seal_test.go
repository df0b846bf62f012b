package tenants

import (
	"testing"
	"time"
)

// A pass that takes more than one transaction seals everything once, though writers go on meanwhile.
func TestAPassMayTakeSeveralTransactions(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	const many = SealMost + 10
	tr.exec(`insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		select gen_random_uuid(), now(), $1, 'a', 'b', 'c', '', '{}' from generate_series(1, $2)`, tr.a, many)
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
	tr.must(tr.store.Restored(t.Context(), time.Now()))
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
		tr.must(tr.store.Restored(t.Context(), tr.now()))
		tr.seal()
		if r := tr.verify(); len(r.Faults) != 0 {
			t.Fatalf("%+v", r)
		}
	}
}
