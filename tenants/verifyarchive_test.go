package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// archivedTrail is a trail whose checkpoints are archived, and the archive.
func archivedTrail(t *testing.T) (tr *trail, archive func() []audit.Archived) {
	t.Helper()
	tr = newTrail(t)
	var kept []audit.Archived
	return tr, func() []audit.Archived {
		t.Helper()
		tr.must(tr.store.ArchiveCheckpoints(t.Context(), func(_ context.Context, _ int64, a audit.Archived) error {
			kept = append(kept, a)
			return nil
		}))
		tr.must(tr.store.ArchiveRestores(t.Context(), func(_ context.Context, note audit.Signed) error {
			kept = append(kept, audit.Archived{Signed: note})
			return nil
		}))
		return kept
	}
}

// cutOff takes what the second checkpoint speaks of, and all that is known of that checkpoint, as the database's superuser can who
// knows how a backup of it looked before.
func (tr *trail) cutOff() {
	tr.t.Helper()
	a := tr.a.String()
	tr.exec("begin; set local session_replication_role = replica; delete from audit_checkpoints where number = 2; delete from audit_leaves where number = 2;" +
		"with gone as (delete from audit_seals where chain = '" + a + "' and seq > 6 returning event_id) delete from audit_events where id in (select event_id from gone);" +
		"update audit_chains c set count = 6, hash = s.hash from audit_seals s where s.chain = c.chain and c.chain = '" + a + "' and s.seq = 6; commit")
	rows, err := tr.pool.Query(tr.t.Context(), "select chain, count, hash from audit_leaves where number = 1")
	tr.must(err)
	defer rows.Close()
	leaves := map[string]audit.Leaf{}
	for rows.Next() {
		var l audit.Leaf
		var hash []byte
		tr.must(rows.Scan(&l.Chain, &l.Count, &hash))
		l.Hash = sum(hash)
		leaves[l.Chain.String()] = l
	}
	for chain, l := range leaves {
		leaf := l.Sum()
		tr.exec("update audit_chains set signed = $2, leaf = $3 where chain = $1", chain, l.Count, leaf[:])
	}
}

func TestTheArchiveKnowsOfCheckpointsThatTheDatabaseForgot(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	if r := tr.verify(kept...); len(r.Faults) != 0 || r.Archived != 2 {
		t.Fatalf("%+v", r)
	}
	tr.cutOff()
	if r := tr.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "checkpoint 1 was archived, and is not") {
		t.Fatalf("without the archive nobody can know: %+v", r)
	}
	for _, tenant := range []string{"all", "a", "b"} {
		r := tr.verify(kept...)
		switch tenant {
		case "a":
			r = tr.verifyOf(&tr.a, kept...)
		case "b":
			r = tr.verifyOf(&tr.b, kept...)
		}
		said := strings.Join(r.Faults, "\n")
		blamed := "chain " + tr.a.String() + ": it had 12 events at checkpoint 2"
		if !strings.Contains(said, "checkpoint 2, of") || strings.Contains(said, blamed) != (tenant != "b") || strings.Contains(said, "chain "+tr.b.String()) {
			t.Errorf("%s: %s", tenant, said)
		}
	}
}

func TestACutTrailIsFoundAlsoAfterTheNextCheckpoint(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	archive()
	tr.cutOff()
	tr.write(9)
	tr.seal()
	tr.checkpoint()
	said := strings.Join(tr.verify(archive()...).Faults, "\n")
	if !strings.Contains(said, "checkpoint 2 is not the one that is in the archive") || !strings.Contains(said, "chain "+tr.a.String()+": it had 12 events at checkpoint 2") || strings.Contains(said, tr.b.String()) {
		t.Error(said)
	}
}

func TestWhatARestoreLostIsNoFault(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	lost := archive()
	tr.cutOff()
	tr.move(time.Minute)
	at, backup := tr.now(), tr.now().Add(-2*time.Minute)
	tr.must(tr.store.Restored(t.Context(), backup, auditKey))
	tr.seal()
	tr.checkpoint()
	for what, kept := range map[string][]audit.Archived{"not archived yet": lost, "archived": archive()} {
		r := tr.verify(kept...)
		if what == "archived" && len(r.Faults) != 0 {
			t.Errorf("%+v", r)
		}
		if len(r.Restores) != 1 || !r.Restores[0].At.Equal(at) || !r.Restores[0].Backup.Equal(backup) || r.Restores[0].Number != 1 || len(r.Restores[0].Lost) != 1 || r.Restores[0].Lost[0] != 2 {
			t.Errorf("%s: %+v", what, r)
		}
	}
	// The note is good without the database.
	tr.exec("delete from restores")
	if r := tr.verify(archive()...); len(r.Faults) != 0 || len(r.Restores) != 1 {
		t.Errorf("%+v", r)
	}
	// What the database had at the time of the backup is not lost by that.
	tr.exec("begin; set local session_replication_role = replica; delete from audit_checkpoints where number = 1; commit")
	if r := tr.verify(archive()...); !strings.Contains(strings.Join(r.Faults, "\n"), "checkpoint 1, of") {
		t.Errorf("%+v", r)
	}
}

// TestNobodyExcusesWhatIsGoneWithoutTheKey has somebody write what a restore leaves in the database, but for its signature.
func TestNobodyExcusesWhatIsGoneWithoutTheKey(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	tr.cutOff()
	tr.exec(`insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
		values (gen_random_uuid(), '2999-01-01', null, 'system', 'controlplane.restore', 'controlplane', '', '{"backup_at": "1970-01-01T00:00:00Z"}')`)
	tr.exec("insert into restores (id, restored_at, backup_at) values (gen_random_uuid(), '2999-01-01', '1970-01-01')")
	tr.seal()
	if r := tr.verify(kept...); len(r.Faults) == 0 || len(r.Restores) != 0 {
		t.Errorf("%+v", r)
	}
	forged, err := audit.Restore{At: tr.now(), Number: 1}.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	tr.must(err)
	tr.exec("update restores set document = $1, signature = $2", forged.Document, forged.Signature)
	r := tr.verify(append(kept, audit.Archived{Signed: forged})...)
	said := strings.Join(r.Faults, "\n")
	if !strings.Contains(said, "the note of a restore: ") || !strings.Contains(said, "2 in the archive: ") || !strings.Contains(said, "checkpoint 2, of") || len(r.Restores) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestACheckpointThatIsTakenFromTheArchiveIsMissed(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	for what, left := range map[string][]audit.Archived{"checkpoint 1": kept[1:], "checkpoint 2": kept[:1]} {
		if r := tr.verify(left...); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], what+" was archived, and is not in the archive") {
			t.Errorf("%s: %+v", what, r)
		}
	}
	if r := tr.verify(); len(r.Faults) != 2 {
		t.Errorf("%+v", r)
	}
	changed := append([]audit.Archived{}, kept...)
	changed[0].Document = append([]byte{' '}, changed[0].Document...)
	if r := tr.verify(changed...); len(r.Faults) != 2 || !strings.Contains(r.Faults[0], "0 in the archive: ") {
		t.Errorf("%+v", r)
	}
}

// unreadable is an archive of which a part, or what is beside checkpoints, can't be read.
type unreadable struct {
	folder
	heads bool
}

func (u unreadable) Kept(ctx context.Context, each func(string, audit.Signed) error) error {
	err := u.folder.Kept(ctx, each)
	if u.heads {
		return err
	}
	return errors.Join(err, errors.New("connection refused"))
}

func (u unreadable) Heads(context.Context, string) ([]audit.ArchivedHead, error) {
	return nil, errors.New("connection refused")
}

func TestWhatCanBeJudgedIsJudgedWithoutTheArchive(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	kept := archive()
	look := func(a Archive) AuditReport {
		r, err := tr.store.VerifyAudit(t.Context(), nil, tr.public(), a)
		tr.must(err)
		return r
	}
	r := look(unreadable{folder: nil})
	if len(r.Faults) != 0 || r.Events != expected || len(r.Unjudged) != 1 || !strings.Contains(r.Unjudged[0], "the archive can't be read") || r.Trouble == nil {
		t.Errorf("%+v", r)
	}
	tr.cutOff()
	if r = look(unreadable{folder(kept), true}); len(r.Faults) != 1 || len(r.Unjudged) != 1 || !strings.Contains(r.Unjudged[0], "checkpoint 2") {
		t.Errorf("%+v", r)
	}
	if r = look(unreadable{folder: folder(kept)}); len(r.Faults) != 1 || len(r.Unjudged) != 2 {
		t.Errorf("%+v", r)
	}
	tr.exec("begin; set local session_replication_role = replica; update audit_events set actor = 'nobody'; commit")
	if r = look(unreadable{folder: nil}); len(r.Faults) != 3 || len(r.Unjudged) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestACheckpointThatIsMadeMeanwhileIsNoFault: one that the archive has, and the look at the database came before.
func TestACheckpointThatIsMadeMeanwhileIsNoFault(t *testing.T) {
	t.Parallel()
	tr, archive := archivedTrail(t)
	r, err := tr.store.VerifyAudit(t.Context(), nil, tr.public(), late(func() folder {
		tr.write(1)
		tr.seal()
		tr.checkpoint()
		return archive()
	}))
	if tr.must(err); len(r.Faults) != 0 || r.Archived != 3 || r.Checkpoints != 2 {
		t.Errorf("%+v", r)
	}
}

// late is an archive before whose reading something happens.
type late func() folder

func (l late) Kept(ctx context.Context, each func(string, audit.Signed) error) error {
	return l().Kept(ctx, each)
}

func (l late) Heads(context.Context, string) ([]audit.ArchivedHead, error) { return nil, nil }
