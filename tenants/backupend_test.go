package tenants

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestABackupMayTakeLongerThanOthersBeforeItIsStuck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	_, err := b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{})
	b.must(err)
	stuck := func(want int) {
		t.Helper()
		list, err := b.store.MarkStuck(t.Context())
		b.must(err)
		if len(list) != want {
			t.Errorf("%d are stuck, not %d", len(list), want)
		}
	}
	b.put(stuckAsideAfter - time.Second)
	stuck(0)
	b.put(2 * time.Second)
	stuck(1)
}

// overdue has a workspace with two backups whose time is over.
func (b *bundle) overdue() SignedUp {
	b.t.Helper()
	done := b.running("engines")
	for range 2 {
		_, err := b.store.BackUp(b.t.Context(), Principal{}, done.Workspace.ID, BackupWish{KeepDays: 1})
		b.must(err)
		b.backedUp(done.Workspace.ID)
		b.move(25 * time.Hour)
	}
	return done
}

func TestAnExpiryThatGaveUpIsAskedForAgainAfterAnHour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.overdue()
	due := func(want int) {
		t.Helper()
		n, err := b.store.ExpireDue(t.Context())
		b.must(err)
		if n != want {
			t.Errorf("of %d workspaces backups expire, not of %d", n, want)
		}
	}
	due(1)
	b.exec("update operations set state = 'undone', finished_at = clock_timestamp() - interval '59 minutes' where kind = 'expire'")
	due(0)
	b.exec("update operations set finished_at = clock_timestamp() - interval '61 minutes' where kind = 'expire'")
	due(1)
}

func TestOfAWorkspaceThatIsGoneNoBackupsAreListed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.overdue().Workspace.ID
	_, removal, err := b.store.Delete(t.Context(), Principal{}, ws, Deletion{Now: true, Confirm: "engines"})
	b.must(err)
	b.end(*removal, Succeeded)
	if left, err := b.store.Backups(t.Context(), ws, true, Page{Limit: 10}); err != nil || len(left) != 0 {
		t.Errorf("listed are %+v: %v", left, err)
	}
}

func TestNothingExpiresOfAWorkspaceThatCameToBeRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.overdue().Workspace.ID
	b.exec("update workspaces set state = 'removing' where id = $1", ws)
	err := b.store.inTx(t.Context(), func(tx pgx.Tx) error { return b.store.expire(t.Context(), tx, ws) })
	b.refused(err, Conflict, "the workspace is removing")
}

func TestAWorkspaceHasSoManyBackupsByRequestAndNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	for range backupsMost {
		_, err := b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{KeepDays: 1})
		b.must(err)
		b.backedUp(ws)
	}
	_, err := b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{})
	b.refused(err, Conflict, "100 backups")
	b.put(b.slot(ws, b.now()).Sub(b.now()))
	b.backUpDue(1) // those by schedule don't count
	b.backedUp(ws)
	b.exec("update backups set expired_at = $2 where id = (select min(id::text)::uuid from backups where workspace_id = $1 and cause = 'request')", ws, b.now())
	_, err = b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{})
	b.must(err)
}

func TestABackupThatWasAskedForBeforeARestIsNotOfIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	_, err := b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{})
	b.must(err)
	b.put(time.Second)
	b.exec("update workspaces set state = 'hibernated', updated_at = $2 where id = $1", ws, b.now())
	b.put(time.Second)
	b.backedUp(ws) // by the clock of its cell, after the rest began
	b.put(24 * time.Hour)
	b.backUpDue(1)
}
