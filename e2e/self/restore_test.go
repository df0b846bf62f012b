package self

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// do runs a verb of this machine's own.
func do(t *testing.T, m *machine.Machine, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(filepath.Join(m.Bin, "longhouse"), append(args, "--data", m.Dir)...).CombinedOutput()
	return string(out), err
}

func must(t *testing.T, out string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// killAll kills `up` and its children. Instances are nobody's children any more and go on.
func killAll(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Kill(t)
	for _, child := range []string{"edge", "control", "worker-a", "worker-b", "solo-a", "solo-b", "agent", "mail", "store", "pg-cell", "pg-control"} {
		if err := syscall.Kill(-m.Child(t, child), syscall.SIGKILL); err != nil {
			t.Fatalf("kill %s: %v", child, err)
		}
	}
}

func TestControlPlaneIsRestoredAfterItsDatabaseIsGone(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "2")
	elm, fir, ash, bay := m.Settle(t, "elm"), m.Settle(t, "fir"), m.Settle(t, "ash"), m.Settle(t, "bay")
	m.CLI(t, bay.Token, nil, "workspaces", "delete", "bay", "--wait")
	elm.Say(t, "elm before")
	fir.Say(t, "fir before")
	machine.Eventually(t, time.Minute, "two blanks", func() error {
		_, err := m.Query("select 1 / (count(*) / 2) from storages where state = 'blank'")
		return err
	})
	secret := machine.Secret(t, "correct horse battery staple")
	file := filepath.Join(filepath.Dir(m.Dir), "control.backup")
	out, err := do(t, m, "backup", "--to", file, "--passphrase-file", secret)
	must(t, out, err)
	if out, err := do(t, m, "backup", "--to", file, "--passphrase-file", secret); err == nil || !strings.Contains(out, "it is not overwritten") {
		t.Errorf("a second backup to the same file: %v: %s", err, out)
	}
	if out, err := do(t, m, "restore", "--from", file, "--passphrase-file", secret, "--replace"); err == nil || !strings.Contains(out, "runs on") {
		t.Errorf("a restore onto a control plane that runs: %v: %s", err, out)
	}
	if data, err := os.ReadFile(file); err != nil || strings.Contains(string(data), "postgres://") || !strings.HasPrefix(string(data), "age-encryption.org/v1") {
		t.Errorf("the backup is not encrypted: %v", err)
	}

	// What the backup doesn't know.
	elm.Say(t, "elm after")
	oak, box := m.Settle(t, "oak"), m.Settle(t, "box") // which take the blanks that were there
	oak.Say(t, "oak's own")
	m.CLI(t, box.Token, nil, "workspaces", "delete", "box", "--now", "--yes", "--wait")
	m.CLI(t, ash.Token, nil, "workspaces", "delete", "ash", "--now", "--yes", "--wait")
	certificate := certified(t, m, ash)
	m.CLI(t, bay.Token, nil, "workspaces", "delete", "bay", "--now", "--yes", "--wait")
	m.CLI(t, fir.Token, nil, "workspaces", "stop", "fir", "--wait")
	m.CLI(t, fir.Token, nil, "workspaces", "start", "fir", "--wait")
	fir.Say(t, "fir after")

	killAll(t, m)
	if err := os.RemoveAll(filepath.Join(m.Dir, "pg", "control")); err != nil {
		t.Fatal(err)
	}
	if out, err := do(t, m, "restore", "--from", file, "--passphrase-file", secret); err == nil || !strings.Contains(out, "`--replace` moves it aside") {
		t.Errorf("a restore over a control plane: %v: %s", err, out)
	}
	out, err = do(t, m, "restore", "--from", file, "--passphrase-file", secret, "--replace")
	must(t, out, err)
	m.Again(t)

	for n, texts := range map[*machine.Team][]string{elm: {"elm before", "elm after"}, fir: {"fir before", "fir after"}} {
		machine.Eventually(t, time.Minute, n.Slug+" to serve", func() error { return n.Heard(texts...) })
		n.Say(t, n.Slug+" again")
	}
	for _, n := range []*machine.Team{ash, oak} {
		machine.Eventually(t, time.Minute, n.Slug+" to be unknown to the edge", func() error {
			resp, err := m.HTTP().Get(n.Workspace.URL + "/api/v4/system/ping")
			if err == nil {
				defer resp.Body.Close()
				if resp.StatusCode != http.StatusNotFound {
					err = fmt.Errorf("it answers %s", resp.Status)
				}
			}
			return err
		})
	}
	machine.Eventually(t, time.Minute, "the removal that the backup waits for to be certified", func() error {
		_, err := m.Query("select 1 / count(*) from certificates c join workspaces w on w.id = c.workspace_id where w.slug = 'bay' and w.state = 'deleted'")
		return err
	})
	again := filepath.Join(t.TempDir(), "certificate")
	machine.Eventually(t, time.Minute, "the removal that the backup knows nothing of to be certified as it was", func() error {
		if _, err := m.Query("select 1 / count(*) from workspaces where slug = 'ash' and state = 'deleted'"); err != nil {
			return err
		}
		m.CLI(t, m.Operator(t), nil, "workspaces", "certificate", ash.Workspace.ID, "--out", again)
		return nil
	})
	if data, err := os.ReadFile(again); err != nil || string(data) != certificate {
		t.Errorf("its certificate is another one: %v", err)
	}
	if _, stderr, err := m.TryCLI(elm.Token, "whoami"); err == nil {
		t.Errorf("a session from before the restore is good: %s", stderr)
	}
	yew := m.Settle(t, "yew")
	if yew.Heard("oak's own") == nil {
		t.Error("a new workspace has got the storage of another")
	}
	sweptAside(t, m)
	// What is kept aside may have no key any more, and the control plane is backed up all the same.
	if missing := backup(t, m, file+".next")["keys_missing"]; missing == "" {
		t.Error("no key is missing, though one was destroyed whose storage is kept aside")
	}
	if n := discardAll(t, m); n < 3 {
		t.Errorf("%d things were discarded, and should be two storages and the control plane of before", n)
	}
}

// discardAll does what the sweep says, and then nothing is left that nobody looks after.
func discardAll(t *testing.T, m *machine.Machine) (discarded int) {
	t.Helper()
	out, err := exec.Command(filepath.Join(m.Bin, "longhouse"), "sweep", "--data", m.Dir, "--json").Output()
	must(t, string(out), err)
	var found []struct{ Name, Remedy string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	for _, o := range found {
		if command, ok := strings.CutPrefix(o.Remedy, "longhouse "); ok {
			discarded++
			m.CLI(t, m.Operator(t), nil, append(strings.Fields(command), "--confirm", o.Name)...)
		}
	}
	m.NoOrphans(t)
	return discarded
}

// certified returns the certificate of a workspace that was deleted, once the archive has it too.
func certified(t *testing.T, m *machine.Machine, n *machine.Team) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "certificate")
	m.CLI(t, n.Token, nil, "workspaces", "certificate", n.Slug, "--out", file)
	machine.Eventually(t, time.Minute, "the archive to have the certificate", func() error {
		_, err := m.Query("select 1 / count(*) from certificates c join workspaces w on w.id = c.workspace_id where w.slug = '" + n.Slug + "' and c.archived_at is not null")
		return err
	})
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sweptAside waits until the sweep finds exactly what the backup didn't know, which is what belongs to the storages that were blank.
func sweptAside(t *testing.T, m *machine.Machine) {
	t.Helper()
	machine.Eventually(t, time.Minute, "the sweep to tell what was blank", func() error {
		out, err := exec.Command(filepath.Join(m.Bin, "longhouse"), "sweep", "--data", m.Dir, "--json").Output()
		if err != nil {
			return err
		}
		var found []struct{ Kind, Name, Why string }
		if err := json.Unmarshal(out, &found); err != nil {
			return err
		}
		aside, gone := 0, 0
		for _, o := range found {
			if o.Kind == "storage" && strings.Contains(o.Why, "it is kept, and given to nobody") {
				aside++
			} else if o.Kind == "instance" {
				return fmt.Errorf("it finds %+v", o)
			} else if o.Why == "a row names it, and it is not there" {
				gone++
			}
		}
		if aside != 2 || gone != 7 { // of the one that was deleted since
			return fmt.Errorf("%d storages are kept aside, and %d things of them are gone: %s", aside, gone, out)
		}
		return nil
	})
}

func TestBackupOfAControlPlaneThatIsStopped(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	elm := m.Settle(t, "elm")
	elm.Say(t, "elm")
	m.Interrupt(t)
	secret, folder := machine.Secret(t, "correct horse battery staple"), t.TempDir()
	out, err := do(t, m, "backup", "--to", folder, "--passphrase-file", secret, "--keep", "1")
	must(t, out, err)
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	verified, err := exec.Command(filepath.Join(m.Bin, "longhouse"), "backup", "verify", files[0], "--passphrase-file", secret).CombinedOutput()
	must(t, string(verified), err)
	// Nothing of the control plane is left, and the cell is as it was.
	for _, part := range []string{"pg/control", "control", "secrets", "config.toml", "edge/token"} {
		if err := os.RemoveAll(filepath.Join(m.Dir, part)); err != nil {
			t.Fatal(err)
		}
	}
	out, err = do(t, m, "restore", "--from", files[0], "--passphrase-file", secret)
	must(t, out, err)
	m.Again(t)
	machine.Eventually(t, time.Minute, "elm to serve", func() error { return elm.Heard("elm") })
	discardAll(t, m)
	m.SignUp(t, "fir")
}
