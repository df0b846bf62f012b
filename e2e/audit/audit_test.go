package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

type report struct {
	Chains      int      `json:"chains"`
	Checkpoints int      `json:"checkpoints"`
	Archived    int      `json:"archived"`
	Faults      []string `json:"faults"`
}

func TestATrailThatSomebodyChangedIsFoundOnlineAndOffline(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "ledger")
	db := connect(t, m)
	machine.Eventually(t, time.Minute, "the trail to be sealed, signed and archived", func() error {
		var waiting int
		if err := db.QueryRow(t.Context(), "select count(*) from audit_events e where not exists (select from audit_seals s where s.event_id = e.id)").Scan(&waiting); err != nil || waiting > 0 {
			return errors.Join(err, fmt.Errorf("%d events are not sealed", waiting))
		}
		var r report
		m.CLI(t, m.Operator(t), &r, "audit", "verify")
		if r.Archived == 0 || r.Archived != r.Checkpoints {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	file := export(t, m, c)
	key := publicKey(t, m)
	if said, err := offline(m, file, key); err != nil {
		t.Fatalf("offline: %v\n%s", err, said)
	}
	// Somebody with all rights on the database.
	_, err := db.Exec(t.Context(), "begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where action = 'tenant.sign_up'; commit")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{c.Token, m.Operator(t)} {
		_, said, err := m.TryCLI(token, "audit", "verify")
		if err == nil || !strings.Contains(string(said), "was changed") {
			t.Errorf("online: %v, %s", err, said)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte(`"tenant.sign_up"`), []byte(`"tenant.sign_ups"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := offline(m, file, key); err == nil || !strings.Contains(said, "was changed") {
		t.Errorf("offline: %v\n%s", err, said)
	}
}

func connect(t *testing.T, m *machine.Machine) *pgx.Conn {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(m.Dir, "control", "database.url"))
	if err != nil {
		t.Fatal(err)
	}
	// The owner of the tables may not switch triggers off; who runs the cluster may.
	password, err := os.ReadFile(filepath.Join(m.Dir, "secrets", "pg-control.password"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(strings.TrimSpace(string(url)))
	if err != nil {
		t.Fatal(err)
	}
	config.User, config.Password = "postgres", strings.TrimSpace(string(password))
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// export writes the customer's trail to a file.
func export(t *testing.T, m *machine.Machine, c *machine.Customer) string {
	t.Helper()
	out, said, err := m.TryCLI(c.Token, "audit", "export")
	if err != nil {
		t.Fatalf("export: %v\n%s", err, said)
	}
	file := filepath.Join(t.TempDir(), "trail.jsonl")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func publicKey(t *testing.T, m *machine.Machine) string {
	t.Helper()
	var key struct {
		Key string `json:"key"`
	}
	m.CLI(t, "", &key, "audit", "key")
	return key.Key
}

// offline verifies without any server.
func offline(m *machine.Machine, file, key string) (string, error) {
	c := exec.Command(filepath.Join(m.Bin, "longhouse"), "audit", "verify", "--file", file, "--public-key", key, "--json")
	c.Env = []string{"HOME=/nonexistent", "LONGHOUSE_API=http://127.0.0.1:1"}
	said, err := c.CombinedOutput()
	if err == nil && !json.Valid(said) {
		err = errors.New("it printed no JSON")
	}
	return string(said), err
}
