package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// figures are those of the one cell.
func (b *bundle) backupFigures() BackupFigures {
	b.t.Helper()
	all, err := b.store.BackupFigures(b.t.Context())
	b.must(err)
	if len(all) != 1 {
		b.t.Fatalf("%+v", all)
	}
	return all[0]
}

// hold has a backup made now with so many posts and files.
func (b *bundle) hold(ws uuid.UUID, posts, files int) {
	b.t.Helper()
	b.backUpDue(1)
	b.exec("update backups set posts = $2, files = $3, added = 100, took_ms = 2000 where workspace_id = $1 and made_at is null", ws, posts, files)
	b.backedUp(ws)
}

func TestWhatRanWithoutABackupIsLate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	b.exec("update workspaces set updated_at = $2, created_at = $2 where id = $1", ws, b.now())
	b.put(26 * time.Hour)
	if f := b.backupFigures(); f.Late != 0 || f.Waited != 26*time.Hour {
		t.Errorf("%+v", f)
	}
	b.put(time.Second)
	if f := b.backupFigures(); f.Late != 1 {
		t.Errorf("after a second more: %+v", f)
	}
	b.hold(ws, 10, 10)
	if f := b.backupFigures(); f.Late != 0 || f.Waited != 0 || f.Made != 1 || f.Added != 100 || f.Took != 2*time.Second {
		t.Errorf("after a backup: %+v", f)
	}
	b.put(time.Second)
	b.exec("update workspaces set state = 'stopped', updated_at = $2 where id = $1", ws, b.now())
	b.put(27 * time.Hour)
	if f := b.backupFigures(); f.Late != 1 || f.Made != 0 {
		t.Errorf("it ran on after its backup: %+v", f)
	}
	b.hold(ws, 10, 10)
	b.put(30 * 24 * time.Hour)
	if f := b.backupFigures(); f.Late != 0 || f.Waited != 0 {
		t.Errorf("it rests: %+v", f)
	}
	b.exec("update workspaces set state = 'running', updated_at = $2 where id = $1", ws, b.now())
	b.put(25 * time.Hour)
	if f := b.backupFigures(); f.Late != 0 || f.Waited != 25*time.Hour {
		t.Errorf("it runs again: %+v", f)
	}
	b.put(2 * time.Hour)
	if f := b.backupFigures(); f.Late != 1 {
		t.Errorf("it has run for a day: %+v", f)
	}
}

func TestABackupOfLessThanHalfHasShrunk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		posts, files int
		want         int64
	}{{50, 50, 0}, {49, 100, 1}, {100, 49, 1}, {300, 300, 0}} {
		b := setup(t)
		ws := b.running("engines").Workspace.ID
		b.put(48 * time.Hour)
		b.hold(ws, 100, 100)
		if f := b.backupFigures(); f.Shrunk != 0 {
			t.Errorf("the first one: %+v", f)
		}
		b.put(24 * time.Hour)
		b.hold(ws, c.posts, c.files)
		if f := b.backupFigures(); f.Shrunk != c.want {
			t.Errorf("%+v: %+v", c, f)
		}
	}
}

func TestBackupsThatFailInARowAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	b.put(48 * time.Hour)
	for want := range int64(3) {
		if f := b.backupFigures(); f.Failed != want {
			t.Errorf("after %d: %+v", want, f)
		}
		b.backUpDue(1)
		b.exec("update operations set state = 'undone', finished_at = $2 where workspace_id = $1 and part = 'backups' and state = 'queued'", ws, b.now())
		b.put(2 * time.Hour)
	}
	b.hold(ws, 1, 1)
	if f := b.backupFigures(); f.Failed != 0 {
		t.Errorf("after one that was made: %+v", f)
	}
}
