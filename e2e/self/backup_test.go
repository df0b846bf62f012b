package self

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// backup makes one, which has to work, and returns what it says of itself.
func backup(t *testing.T, m *machine.Machine, file string) (facts map[string]string) {
	t.Helper()
	out, err := do(t, m, "backup", "--to", file, "--passphrase-file", machine.Secret(t, "correct horse battery staple"), "--json")
	must(t, out, err)
	var said struct {
		Facts map[string]string `json:"facts"`
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return said.Facts
}

// TestBackupsAreMadeWhateverIsUnderWay has operations hang where a row names a key that is not there yet, or not any more.
func TestBackupsAreMadeWhateverIsUnderWay(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--no-worker", "--blanks", "0")
	next := func() string { return filepath.Join(t.TempDir(), "control.backup") }
	hanging := func(kind, step string) {
		t.Helper()
		machine.Eventually(t, time.Minute, kind+" to hang at "+step, func() error {
			_, err := m.Query(fmt.Sprintf("select 1 / count(*) from operations o join operation_steps s on s.operation_id = o.id where o.kind = '%s' and s.name = '%s' and s.state = 'running'", kind, step))
			return err
		})
	}

	w := m.Worker(t, "hang:prepare/database/in", "LONGHOUSE_BLANKS=1")
	hanging("prepare", "database")
	if missing := strings.Fields(backup(t, m, next())["keys_missing"]); len(missing) != 1 {
		t.Errorf("one blank is being made, and the keys of %v are missing", missing)
	}
	w.Stop(t)

	m.Worker(t, "hang:delete/storage/in", "LONGHOUSE_BLANKS=0")
	c := m.SignUp(t, "elm")
	m.CLI(t, c.Token, nil, "workspaces", "delete", "elm", "--now", "--yes")
	hanging("delete", "storage")
	if missing := strings.Fields(backup(t, m, next())["keys_missing"]); len(missing) != 1 {
		t.Errorf("one workspace is being deleted, and the keys of %v are missing", missing)
	}

	wrong := filepath.Join(m.Dir, "up.json") // which is there
	if _, err := do(t, m, "backup", "--to", wrong, "--passphrase-file", machine.Secret(t, "correct horse battery staple")); err == nil {
		t.Error("a backup took the place of another file")
	}
	told, err := m.Query("select string_agg(action || ' ' || (details->>'readers'), ', ' order by id) from audit_events where action like 'controlplane.backup%'")
	if want := "controlplane.backup passphrase, controlplane.backup passphrase, controlplane.backup_fail passphrase"; err != nil || told != want {
		t.Errorf("the audit trail says %q, %v", told, err)
	}
}
