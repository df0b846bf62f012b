package provisioner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAWorkspaceIsBackedUpWhileItRuns(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	first := k.backUp(tenants.BackupWish{Label: "before the move", KeepDays: 90})
	if first.Users != 2 || first.Posts != 2000 || first.Files != 2 || first.Bytes < 300_000 || first.Added == 0 || first.Label != "before the move" || first.KeepDays != 90 ||
		first.Cause != tenants.BackupByRequest || first.KeptUntil().Sub(*first.MadeAt) != 90*24*time.Hour {
		t.Errorf("%+v", first)
	}
	sql(t, k.conn, "insert into posts values (0, 'another')")
	sql(t, k.conn, "update users set delete_at = 1 where name = 'bob'")
	second := k.backUp(tenants.BackupWish{})
	if second.Users != 1 || second.Posts != 2001 || second.Files != 2 || second.Added >= first.Added/2 || second.KeepDays != tenants.BackupDays {
		t.Errorf("%+v after %+v", second, first)
	}
	if one, two := k.posts(first), k.posts(second); one != 2000 || two != 2001 {
		t.Errorf("restored are %d and %d posts", one, two)
	}
	if k.state() != tenants.Running {
		t.Errorf("it is %s", k.state())
	}
	m, err := k.repo().Manifest(t.Context(), id.Show(id.Backup, second.ID))
	k.must(err)
	if m.Facts[factWorkspace] != id.Show(id.Workspace, k.workspace) || m.Facts[factEngine] != "longhouse" || m.Facts[factVersion] != "1.0.0" {
		t.Errorf("%v", m.Facts)
	}
}

// TestABackupKeepsNobodyWaiting has one that hangs beside operations that change the workspace's state.
func TestABackupKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.ask(tenants.BackupWish{})
	if _, err := k.store.BackUp(t.Context(), tenants.Principal{}, k.workspace, tenants.BackupWish{}); err == nil || !strings.Contains(err.Error(), "another operation on the backups of this workspace") {
		t.Errorf("a second one at a time: %v", err)
	}
	stop, err := k.store.Ask(t.Context(), tenants.Principal{}, k.workspace, tenants.StopArgs{}, "test")
	k.must(err)
	if stop.State != tenants.Queued || k.state() != tenants.Stopping {
		t.Errorf("%+v", stop)
	}
}

// TestABackupThatCanNotBeMadeIsNone has the key gone that that of backups is derived from.
func TestABackupThatCanNotBeMadeIsNone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	op := k.ask(tenants.BackupWish{})
	k.must(k.cellOf.Objects.DestroyKey(t.Context(), k.storage().KeyName))
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone || !strings.Contains(op.Failure, "copy") {
		t.Errorf("%+v", op)
	}
	if open, all := k.backups(false), k.backups(true); len(open) != 0 || len(all) != 1 || all[0].MadeAt != nil || all[0].Making {
		t.Errorf("%+v, %+v", open, all)
	}
	if k.state() != tenants.Running {
		t.Errorf("it is %s", k.state())
	}
}

func TestACancelledBackupIsGone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	first := k.backUp(tenants.BackupWish{})
	op := k.ask(tenants.BackupWish{})
	verify := k.worker.plans[tenants.KindBackup]
	verify.steps = slices.Clone(verify.steps)
	verify.steps[1].Do = func(ctx context.Context, r *Run) error {
		if err := verifyCopy(ctx, r); err != nil {
			return err
		}
		_, err := k.store.Cancel(ctx, tenants.Principal{}, op.ID, "")
		return err
	}
	k.worker.plans[tenants.KindBackup] = verify
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone {
		t.Errorf("%+v", op)
	}
	if open, kept := k.backups(false), k.kept(); len(open) != 1 || open[0].ID != first.ID || len(kept) != 1 {
		t.Errorf("listed are %+v, and there are %v", open, kept)
	}
}

// TestADamagedBackupIsNamed has a pack spoilt between the copy and its verification.
func TestADamagedBackupIsNamed(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	op := k.ask(tenants.BackupWish{})
	p := k.worker.plans[tenants.KindBackup]
	p.steps = slices.Clone(p.steps)
	p.steps[0].Do = func(ctx context.Context, r *Run) error {
		if err := copyWorkspace(ctx, r); err != nil {
			return err
		}
		for o, err := range k.cellOf.backups(k.storage()).List(ctx, "packs/") {
			if err != nil {
				return err
			}
			if err := k.cellOf.backups(k.storage()).Put(ctx, o.Name, []byte("spoilt")); err != nil {
				return err
			}
		}
		return nil
	}
	k.worker.plans[tenants.KindBackup] = p
	if op := k.finish(k.worker, op.ID); op.State != tenants.Undone || !strings.Contains(op.Failure, "verify") || !strings.Contains(op.Failure, "packs/") {
		t.Errorf("%+v", op)
	}
	if open := k.backups(false); len(open) != 0 {
		t.Errorf("%+v", open)
	}
}

func TestBackupsExpireButForTheNewest(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	old := k.backUp(tenants.BackupWish{KeepDays: 1})
	sql(t, k.conn, "update posts set text = md5(text)") // all of it is new
	held, short := k.backUp(tenants.BackupWish{KeepDays: 1}), k.backUp(tenants.BackupWish{KeepDays: 1})
	_, before := k.objects()
	k.exec("update backups set made_at = made_at - interval '25 hours', held = id = $1", held.ID)
	k.exec("update clock set seen_at = clock_timestamp()")
	n, err := k.store.ExpireDue(t.Context())
	k.must(err)
	if again, err := k.store.ExpireDue(t.Context()); n != 1 || err != nil || again != 0 {
		t.Fatalf("%d workspaces, then %d: %v", n, again, err)
	}
	var op uuid.UUID
	k.must(k.pool.QueryRow(t.Context(), "select id from operations where kind = 'expire'").Scan(&op))
	if is := k.finish(k.worker, op); is.State != tenants.Succeeded {
		t.Fatalf("%+v", is)
	}
	if left := k.backups(false); len(left) != 2 || left[0].ID != short.ID || left[1].ID != held.ID {
		t.Errorf("left are %+v", left)
	}
	if kept := k.kept(); slices.Contains(kept, id.Show(id.Backup, old.ID)) || len(kept) != 2 {
		t.Errorf("there are %v", kept)
	}
	if _, after := k.objects(); after >= before {
		t.Errorf("what takes %d bytes took %d before", after, before)
	}
	if n := k.posts(held); n != 2000 {
		t.Errorf("restored are %d posts", n)
	}
	if n, err := k.store.ExpireDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d workspaces: %v", n, err)
	}
}

// TestADamagedBackupIsInTheWayOfNone that is made after it, and keeps what is over only from being swept.
func TestADamagedBackupIsInTheWayOfNone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	first, last := k.backUp(tenants.BackupWish{KeepDays: 1}), k.backUp(tenants.BackupWish{})
	k.must(k.cellOf.backups(k.storage()).Put(t.Context(), "backups/"+id.Show(id.Backup, last.ID), []byte("spoilt")))
	k.exec("update backups set made_at = made_at - interval '25 hours' where id = $1", first.ID)
	k.exec("update clock set seen_at = clock_timestamp()")
	_, err := k.store.ExpireDue(t.Context())
	k.must(err)
	var op uuid.UUID
	k.must(k.pool.QueryRow(t.Context(), "select id from operations where kind = 'expire'").Scan(&op))
	if is := k.finish(k.worker, op); is.State != tenants.Undone || !strings.Contains(is.Failure, "damaged") {
		t.Errorf("%+v", is)
	}
	if next := k.backUp(tenants.BackupWish{}); k.posts(next) != 2000 {
		t.Errorf("%+v", next)
	}
}

// TestWhoLostTheOperationChangesNoBackups where it slept in the midst of a step.
func TestWhoLostTheOperationChangesNoBackups(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	made := k.backUp(tenants.BackupWish{})
	late := &Run{engine: k.worker, cell: k.cellOf, lease: lease{operation: made.Operation, epoch: 1}}
	repo, err := late.repository(t.Context(), k.storage())
	k.must(err)
	if err := repo.Forget(t.Context(), id.Show(id.Backup, made.ID)); !errors.Is(err, errLeaseLost) {
		t.Errorf("it forgets: %v", err)
	}
	b, err := repo.Begin(t.Context(), "late")
	k.must(err)
	if _, err := b.Finish(t.Context(), time.Now(), nil); !errors.Is(err, errLeaseLost) {
		t.Errorf("it writes: %v", err)
	}
	if kept := k.kept(); len(kept) != 1 {
		t.Errorf("there are %v", kept)
	}
}

// TestADeletionTakesAllBackupsAlong has a workspace deleted that is just being backed up.
func TestADeletionTakesAllBackupsAlong(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.backUp(tenants.BackupWish{})
	folder, part := k.cellOf.backups(k.storage()).folder(), k.cellOf.backups(k.storage())
	backup := k.ask(tenants.BackupWish{})
	_, removal, err := k.store.Delete(t.Context(), tenants.Principal{}, k.workspace, tenants.Deletion{Now: true, Confirm: "engines"})
	k.must(err)
	if op := k.operation(backup.ID); op.State != tenants.Undoing || op.CancelReason != "the workspace is being removed" {
		t.Errorf("%+v", op)
	}
	k.must(k.worker.Work(t.Context(), backup.ID))
	if op := k.finish(k.worker, removal.ID); op.State != tenants.Succeeded {
		t.Fatalf("%+v", op)
	}
	for o, err := range part.List(t.Context(), "") {
		t.Errorf("left is %s: %v", o.Name, err)
	}
	var objects, bytes int64
	k.must(k.pool.QueryRow(t.Context(), "select objects, bytes from removals where kind = 'backups' and name = $1 and observed <> ''", folder).Scan(&objects, &bytes))
	if objects < 3 || bytes < 1000 {
		t.Errorf("there were %d objects of %d bytes", objects, bytes)
	}
}
