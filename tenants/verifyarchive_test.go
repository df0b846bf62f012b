package tenants

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// archivedTrail is a trail whose checkpoints are archived, and the archive.
func archivedTrail(t *testing.T) (tr *trail, archive func() []audit.Signed) {
	t.Helper()
	tr = newTrail(t)
	var kept []audit.Signed
	return tr, func() []audit.Signed {
		t.Helper()
		tr.must(tr.store.ArchiveCheckpoints(t.Context(), func(_ context.Context, _ int64, signed audit.Signed) error {
			kept = append(kept, signed)
			return nil
		}))
		tr.exec("update audit_checkpoints set archived_at = $1", tr.now())
		return kept
	}
}

// cutOff takes what the second checkpoint speaks of, and that checkpoint, as the database's superuser can.
func (tr *trail) cutOff() {
	tr.t.Helper()
	a := tr.a.String()
	tr.exec("begin; set local session_replication_role = replica; delete from audit_checkpoints where number = 2;" +
		"with gone as (delete from audit_seals where chain = '" + a + "' and seq > 6 returning event_id) delete from audit_events where id in (select event_id from gone);" +
		"update audit_chains c set count = 6, hash = s.hash from audit_seals s where s.chain = c.chain and c.chain = '" + a + "' and s.seq = 6; commit")
}

func TestACutTrailIsFoundAlsoAfterTheNextCheckpoint(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	archive()
	tr.cutOff()
	tr.write(9)
	tr.seal()
	tr.must(tr.store.Checkpoint(t.Context(), tr.key))
	r := tr.verify(archive()...)
	if len(r.Faults) != 2 || !strings.Contains(r.Faults[0], "checkpoint 2 is not the one that is in the archive") || !strings.Contains(r.Faults[1], "rewritten") {
		t.Errorf("%+v", r)
	}
}

func TestWhatARestoreLostIsNoFault(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	lost := archive()
	tr.cutOff()
	tr.move(time.Minute)
	tr.must(tr.store.Restored(t.Context(), tr.now().Add(-2*time.Minute)))
	tr.seal()
	tr.must(tr.store.Checkpoint(t.Context(), tr.key))
	if r := tr.verify(archive()...); len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
	// What the archive had long before is not lost by that.
	tr.exec("begin; set local session_replication_role = replica; update audit_events set details = details || '{\"backup_at\": \"2999-01-01T00:00:00Z\"}' where action = 'controlplane.restore'; commit")
	if r := tr.verify(lost...); len(r.Faults) == 0 {
		t.Error("a restore from a later backup explains it")
	}
}

func TestACheckpointThatIsTakenFromTheArchiveIsMissed(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	if r := tr.verify(kept[1:]...); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "checkpoint 1 was archived, and is not in the archive") {
		t.Errorf("%+v", r)
	}
	if r := tr.verify(kept[:1]...); len(r.Faults) != 0 { // it may have been archived after the archive was read
		t.Errorf("%+v", r)
	}
	tr.exec("update audit_checkpoints set archived_at = archived_at - interval '1 day'")
	if r := tr.verify(); len(r.Faults) != 2 {
		t.Errorf("%+v", r)
	}
}
