package repository

import (
	"os"
	"path/filepath"
	"testing"
)

// A process that died while it wrote leaves what is no object.
func TestWhatIsHalfWrittenIsNoObject(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := streams{"database": []byte("rows")}
	r.backUp("first", want)
	for _, folder := range []string{packFolder, indexFolder, backupFolder} {
		must(t, os.WriteFile(filepath.Join(r.dir, folder, ".first.123"), []byte("half"), 0o600))
	}
	r.holds("first", want)
	ids, err := r.r.Backups(t.Context())
	must(t, err)
	if len(ids) != 1 {
		t.Errorf("backups are %v", ids)
	}
	_, err = r.r.Sweep(t.Context())
	must(t, err)
	r.holds("first", want)
}
