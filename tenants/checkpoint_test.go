package tenants

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// due makes a checkpoint where the last one is an hour old.
func (tr *trail) due() bool {
	tr.t.Helper()
	made, err := tr.store.Checkpoint(tr.t.Context(), auditKey, time.Hour)
	tr.must(err)
	return made
}

func TestACheckpointIsMadeWhenTheLastOneIsOldByWhatWasSigned(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	for _, c := range []struct {
		move time.Duration
		want bool
	}{
		{59 * time.Minute, false}, {time.Minute, true}, {0, false}, {time.Hour, true},
		{365 * 24 * time.Hour, true},       // a clock that is wrong for a while
		{-365 * 24 * time.Hour, true},      // and is put right
		{-30 * time.Second, false},         // clocks differ by as much
		{30*time.Second + time.Hour, true}, // and everything is as before
	} {
		tr.move(c.move)
		if got := tr.due(); got != c.want {
			t.Errorf("after %s: %t", c.move, got)
		}
	}
	tr.exec("begin; set local session_replication_role = replica; update audit_checkpoints set at = '2999-01-01'; commit")
	tr.move(time.Hour)
	if !tr.due() {
		t.Error("whoever changes a row of a checkpoint keeps further ones from being made")
	}
}

func TestOnlyOneOfManyWorkersMakesACheckpoint(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.move(time.Hour)
	var made atomic.Int32
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			if tr.due() {
				made.Add(1)
			}
		})
	}
	workers.Wait()
	if made.Load() != 1 {
		t.Errorf("%d were made", made.Load())
	}
}

// TestACheckpointCoversWhateverWasCommittedBefore: else an event that is sealed after it would look as if it had been dated back.
func TestACheckpointCoversWhateverWasCommittedBefore(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(2) // and the workers stop for a day
	tr.move(24 * time.Hour)
	tr.checkpoint()
	if n := tr.count("audit_leaves where number = 3 and count = 14"); n != 2 {
		t.Errorf("%d chains are signed as far as they went", n)
	}
	if r := tr.verify(); len(r.Faults) != 0 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAChainInWhichNothingHappensCostsNothing(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	before := tr.count("audit_leaves")
	for range 10 {
		tr.checkpoint()
	}
	if n := tr.count("audit_leaves") - before; n != 0 {
		t.Errorf("ten checkpoints over nothing new wrote %d leaves", n)
	}
	tr.must(pgx.BeginFunc(t.Context(), tr.pool, func(tx pgx.Tx) error {
		return tr.store.record(t.Context(), tx, Event{Tenant: &tr.a, Actor: "somebody", Action: "thing.do", Subject: "s"})
	}))
	tr.checkpoint()
	if n := tr.count("audit_leaves") - before; n != 1 {
		t.Errorf("an event of one chain wrote %d leaves", n)
	}
	if n := tr.count("audit_checkpoints where length(document) > 400"); n != 0 {
		t.Errorf("%d checkpoints grow with the chains", n)
	}
	if r := tr.verify(); len(r.Faults) != 0 || r.Checkpoints != 13 {
		t.Errorf("%+v", r)
	}
}

// plain has the version before make a checkpoint, which told the heads of all chains.
func (tr *trail) plain() {
	tr.t.Helper()
	tr.move(time.Minute)
	tr.seal()
	rows, err := tr.pool.Query(tr.t.Context(), "select chain, count, hash from audit_chains order by chain")
	tr.must(err)
	heads, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h audit.ArchivedHead, err error) {
		var hash []byte
		err = row.Scan(&h.Chain, &h.Count, &hash)
		h.Hash = sum(hash)
		return h, err
	})
	tr.must(err)
	var number int64
	var last []byte
	err = tr.pool.QueryRow(tr.t.Context(), "select number, document from audit_checkpoints order by number desc limit 1").Scan(&number, &last)
	previous := strings.Repeat("0", 64)
	if err == nil {
		sum, err := json.Marshal(audit.ArchivedHead{Hash: audit.Signed{Document: last}.Sum()})
		tr.must(err)
		var said struct{ Hash string }
		tr.must(json.Unmarshal(sum, &said))
		previous = said.Hash
	}
	document, err := json.Marshal(map[string]any{"format": 1, "number": number + 1, "at": tr.now(), "previous": previous, "heads": heads})
	tr.must(err)
	tr.exec("insert into audit_checkpoints (number, at, document, signature) values ($1, $2, $3, $4)", number+1, tr.now(), document, ed25519.Sign(auditKey, document))
}

// newPlainTrail is as the version before left it: two checkpoints of the first format.
func newPlainTrail(t *testing.T) *trail {
	t.Helper()
	tr := newTrail(t)
	tr.exec("begin; set local session_replication_role = replica; delete from audit_checkpoints; delete from audit_leaves; update audit_chains set signed = 0, leaf = null; commit")
	tr.plain()
	tr.write(1)
	tr.plain()
	return tr
}

func TestCheckpointsOfTheVersionBeforeAreGoneOnFrom(t *testing.T) {
	t.Parallel()
	tr := newPlainTrail(t)
	if r := tr.verify(); len(r.Faults) != 0 || r.Checkpoints != 2 {
		t.Fatalf("%+v", r)
	}
	tr.checkpoint()
	tr.write(1)
	tr.plain() // both versions make some while Longhouse is upgraded
	tr.checkpoint()
	tr.plain()
	for _, tenant := range []*trail{nil, tr} {
		r := tr.verify()
		if tenant != nil {
			r = tr.verifyOf(&tr.a)
		}
		if len(r.Faults) != 0 || r.Checkpoints != 6 {
			t.Errorf("%+v", r)
		}
	}
	tr.exec("begin; set local session_replication_role = replica; update audit_checkpoints set document = convert_to(replace(convert_from(document, 'utf8'), '\"count\":13', '\"count\":12'), 'utf8') where number = 2; commit")
	if r := tr.verify(); len(r.Faults) == 0 || !strings.Contains(r.Faults[0], "checkpoint 2: ") {
		t.Errorf("%+v", r)
	}
}

func TestNothingIsSignedWhereEveryTreeIsGone(t *testing.T) {
	t.Parallel()
	tr := newPlainTrail(t)
	tr.checkpoint()
	tr.exec("begin; set local session_replication_role = replica; delete from audit_checkpoints where number = 3; commit")
	if made, err := tr.store.Checkpoint(t.Context(), auditKey, 0); made || err == nil || !strings.Contains(err.Error(), "what it signed is not what is written down of it") {
		t.Errorf("%t, %v", made, err)
	}
}

// TestWhatCheckpointsOfTheVersionBeforeSaidHolds rewrites a chain that only they know.
func TestWhatCheckpointsOfTheVersionBeforeSaidHolds(t *testing.T) {
	t.Parallel()
	tr := newPlainTrail(t)
	tr.exec("begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where tenant_id = '" + tr.a.String() + "'; commit")
	tr.reseal(tr.a)
	want := "chain " + tr.a.String() + ", event 12: is not the one that checkpoint 1 was signed over"
	for range 2 { // also once the first checkpoint with a tree was made
		for _, r := range []AuditReport{tr.verify(), tr.verifyOf(&tr.a)} {
			if said := strings.Join(r.Faults, "\n"); !strings.Contains(said, want) || strings.Contains(said, tr.b.String()) {
				t.Errorf("%s", said)
			}
		}
		tr.move(time.Minute)
		made, err := tr.store.Checkpoint(t.Context(), auditKey, 0)
		if err == nil || !strings.Contains(err.Error(), "chain "+tr.a.String()+" does not go on") {
			t.Errorf("%t, %v", made, err)
		}
	}
	if n := tr.count("audit_leaves l join audit_seals s on s.chain = l.chain and s.hash = l.hash where l.chain = $1", tr.a); n != 0 {
		t.Errorf("%d checkpoints speak for what was rewritten", n)
	}
	cut := newPlainTrail(t)
	cut.exec("begin; set local session_replication_role = replica; with gone as (delete from audit_seals where chain = '" + cut.a.String() + "' and seq > 6 returning event_id) delete from audit_events where id in (select event_id from gone);" +
		"update audit_chains c set count = 6, hash = s.hash from audit_seals s where s.chain = c.chain and c.chain = '" + cut.a.String() + "' and s.seq = 6; commit")
	if r := cut.verify(); len(r.Faults) != 2 || !strings.Contains(r.Faults[0], "the chain had 12 events when checkpoint 1 was made, and has less") {
		t.Errorf("%+v", r)
	}
}
