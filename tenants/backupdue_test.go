package tenants

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// backedUp ends the backup that is being made of a workspace as if a worker had made it now.
func (b *bundle) backedUp(ws uuid.UUID) {
	b.t.Helper()
	b.exec("update backups set made_at = $2 where workspace_id = $1 and made_at is null and operation_id in (select id from operations where state = 'queued')", ws, b.now())
	b.exec("update operations set state = 'succeeded', finished_at = $2 where workspace_id = $1 and part = 'backups' and state = 'queued'", ws, b.now())
}

func (b *bundle) backUpDue(want int) {
	b.t.Helper()
	n, err := b.store.BackUpDue(b.t.Context())
	b.must(err)
	if n != want {
		b.t.Errorf("%d are due at %s instead of %d", n, b.now().Format(time.DateTime), want)
	}
}

// slot is when a workspace is backed up after a time.
func (b *bundle) slot(ws uuid.UUID, after time.Time) (at time.Time) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), "select backup_slot($1, $2::timestamptz + interval '1 day')", ws, after).Scan(&at))
	return at
}

func TestEachWorkspaceIsBackedUpAtItsTimeOfTheDay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	at := b.slot(ws, b.now())
	b.put(at.Sub(b.now()) - time.Second)
	b.backUpDue(0)
	b.put(time.Second)
	b.backUpDue(1)
	b.backUpDue(0) // it is being made
	b.backedUp(ws)
	b.put(23*time.Hour + 59*time.Minute)
	b.backUpDue(0)
	b.put(time.Minute)
	b.backUpDue(1)
	b.exec("update operations set state = 'undone', finished_at = $2 where workspace_id = $1 and part = 'backups' and state = 'queued'", ws, b.now())
	b.put(59 * time.Minute)
	b.backUpDue(0)
	b.put(2 * time.Minute) // an hour after it failed
	b.backUpDue(1)
	b.backedUp(ws)
	b.put(3 * 24 * time.Hour) // nobody was there to ask
	b.backUpDue(1)
	all, err := b.store.Backups(t.Context(), ws, true, Page{Limit: 10})
	b.must(err)
	if len(all) != 4 || all[0].Cause != BackupBySchedule || all[0].KeepDays != BackupDays || !all[0].Making {
		t.Errorf("%+v", all)
	}
}

func TestWorkspacesThatRestAreBackedUpOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	for _, state := range []State{Stopped, Hibernated} {
		b.exec("update workspaces set state = $2, updated_at = $3 where id = $1", ws, string(state), b.now())
		b.put(24 * time.Hour)
		b.backUpDue(1)
		b.backedUp(ws)
		b.put(24 * time.Hour)
		b.backUpDue(0)
	}
	for _, state := range []State{Provisioning, Deleting, Removing} {
		b.exec("update workspaces set state = $2, updated_at = $3 where id = $1", ws, string(state), b.now())
		b.put(24 * time.Hour)
		b.backUpDue(0)
	}
}

func TestTimesOfTheDayAreSpreadOverQuietHours(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hours := map[int]int{}
	for range 500 {
		ws := b.store.newID()
		at := b.slot(ws, b.now()).UTC()
		if !at.After(b.now()) || at.After(b.now().Add(24*time.Hour)) {
			t.Fatalf("the first time after %s is %s", b.now(), at)
		}
		if again := b.slot(ws, b.now().Add(24*time.Hour)); again.Sub(at) != 24*time.Hour {
			t.Fatalf("after %s comes %s", at, again)
		}
		hours[at.Hour()]++
	}
	for hour := 1; hour < 6; hour++ {
		if hours[hour] < 60 || hours[hour] > 140 {
			t.Errorf("of 500 are %v at each hour", hours)
		}
	}
	if len(hours) != 5 {
		t.Errorf("they are at %v", hours)
	}
}

func TestOnlyWhatIsOverExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		ages []time.Duration
		days []int32
		held []bool
		gone string
	}{
		"to the second":              {[]time.Duration{0, 30*day - time.Second, 30 * day}, []int32{30, 30, 30}, []bool{false, false, false}, "[2]"},
		"the newest stays":           {[]time.Duration{400 * day}, []int32{1}, []bool{false}, "[]"},
		"each by its own time":       {[]time.Duration{0, 2 * day, 3 * day, 100 * day}, []int32{30, 1, 30, 366}, []bool{false, false, false, false}, "[1]"},
		"what is held stays":         {[]time.Duration{0, 40 * day, 50 * day}, []int32{30, 30, 30}, []bool{false, true, false}, "[2]"},
		"a clock that is 45 days on": {[]time.Duration{45 * day, 46 * day, 75 * day}, []int32{30, 30, 90}, []bool{false, false, false}, "[1]"},
	} {
		var kept []dbsql.KeptBackupsRow
		at := map[uuid.UUID]int{}
		for i, age := range c.ages {
			row := dbsql.KeptBackupsRow{ID: uuid.New(), MadeAt: now.Add(-age), KeepDays: c.days[i], Held: c.held[i]}
			kept = append(kept, row)
			at[row.ID] = i
		}
		gone := []int{}
		for _, id := range expired(kept, now) {
			gone = append(gone, at[id])
		}
		if slices.Sort(gone); fmt.Sprint(gone) != c.gone {
			t.Errorf("%s: %v go instead of %s", name, gone, c.gone)
		}
	}
}

func TestABackupIsRefusedThatCanNotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	ask := func(w BackupWish) error { _, err := b.store.BackUp(t.Context(), Principal{}, ws, w); return err }
	for why, wish := range map[string]BackupWish{
		"keep_days is 367; allowed are 1 to 366": {KeepDays: 367}, "keep_days is -1": {KeepDays: -1},
		"the label has 101 characters; at most 100": {Label: strings.Repeat("ä", 101)}, "can't be shown": {Label: "a\nb"},
	} {
		b.refused(ask(wish), Invalid, why)
	}
	b.refused(func() error { _, err := b.store.BackUp(t.Context(), Principal{}, uuid.New(), BackupWish{}); return err }(), NotFound, "no such workspace")
	b.must(ask(BackupWish{Label: strings.Repeat("ä", 100), KeepDays: 366}))
	b.refused(ask(BackupWish{}), Conflict, "on the backups of this workspace is not over yet")
	b.exec("update workspaces set state = 'removing' where id = $1", ws)
	b.refused(ask(BackupWish{}), Conflict, "the workspace is removing; it can be backed up when it is running or")
}

// TestABackupIsNotInTheWay: who deletes a workspace, or brings it back, waits for none.
func TestABackupIsNotInTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("engines").Workspace.ID
	op, err := b.store.BackUp(t.Context(), Principal{}, ws, BackupWish{})
	b.must(err)
	_, retire, err := b.store.Delete(t.Context(), Principal{}, ws, Deletion{})
	b.must(err)
	b.end(*retire, Succeeded)
	if is, err := b.store.Operation(t.Context(), op.ID); err != nil || is.State != Queued {
		t.Errorf("what is out of service may still be backed up: %+v, %v", is, err)
	}
	b.move(8 * 24 * time.Hour)
	if n, err := b.store.RemoveDue(t.Context()); n != 1 || err != nil {
		t.Errorf("%d are removed: %v", n, err)
	}
	if is, err := b.store.Operation(t.Context(), op.ID); err != nil || is.State != Undoing || is.CancelledBy != System {
		t.Errorf("%+v, %v", is, err)
	}
}
