package tenants

import (
	"errors"
	"testing"
	"time"
)

func TestABackupIsInTheAuditTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if last, err := b.store.LastBackup(t.Context()); err != nil || !last.IsZero() {
		t.Errorf("there was none, and the last is of %v, %v", last, err)
	}
	b.must(b.store.BackedUp(t.Context(), Backup{File: "/mnt/a.backup", Readers: []string{"age1abc"}, Failure: errors.New("no room")}))
	if last, err := b.store.LastBackup(t.Context()); err != nil || !last.IsZero() {
		t.Errorf("one failed, and the last is of %v, %v", last, err)
	}
	before := time.Now().Add(-time.Second)
	b.must(b.store.BackedUp(t.Context(), Backup{File: "/mnt/b.backup", At: time.Unix(1, 0), Bytes: 7, Readers: []string{"age1abc", "age1def"}}))
	if last, err := b.store.LastBackup(t.Context()); err != nil || last.Before(before) {
		t.Errorf("the last is of %v, %v", last, err)
	}
	for action, want := range map[string]string{
		"controlplane.backup":      `{"file": "b.backup", "bytes": "7", "readers": "age1abc age1def", "backup_at": "1970-01-01T00:00:01Z"}`,
		"controlplane.backup_fail": `{"file": "a.backup", "failure": "no room", "readers": "age1abc"}`,
	} {
		var details string
		b.one(&details, "select details::text from audit_events where tenant_id is null and action = $1", action)
		if details != want {
			t.Errorf("%s: %s", action, details)
		}
	}
}
