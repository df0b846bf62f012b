package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

type report struct {
	Chains      int      `json:"chains"`
	Events      int64    `json:"events"`
	Checkpoints int      `json:"checkpoints"`
	Archived    int      `json:"archived"`
	Waiting     int64    `json:"waiting"`
	Faults      []string `json:"faults"`
	Unjudged    []string `json:"unjudged"`
}

// ledger is a machine whose trail is sealed, signed and archived.
type ledger struct {
	t        *testing.T
	m        *machine.Machine
	db       *pgx.Conn
	customer *machine.Customer
	chain    string
	key      string
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	m := machine.Start(t)
	l := &ledger{t: t, m: m, customer: m.SignUp(t, "ledger"), db: connect(t, m), key: publicKey(t, m)}
	// What happened since the last checkpoint is signed when the machine ends.
	_ = l.db.Close(t.Context())
	m.Interrupt(t)
	m.Again(t)
	l.db = connect(t, m)
	if err := l.db.QueryRow(t.Context(), "select id::text from tenants").Scan(&l.chain); err != nil {
		t.Fatal(err)
	}
	machine.Eventually(t, time.Minute, "the trail to be sealed, signed and archived", l.judge)
	return l
}

// report is what the operator is told.
func (l *ledger) report() (r report) {
	l.t.Helper()
	l.m.CLI(l.t, l.m.Operator(l.t), &r, "audit", "verify")
	return r
}

// judge returns an error unless everything is in its place, signed and archived.
func (l *ledger) judge() error {
	out, said, err := l.m.TryCLI(l.m.Operator(l.t), "audit", "verify")
	var r report
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil || r.Waiting > 0 || r.Archived < 2 || r.Archived != r.Checkpoints || len(r.Faults)+len(r.Unjudged) > 0 {
		return fmt.Errorf("%v: %s%s", err, out, said)
	}
	return nil
}

// sound fails where something of the trail is not as it was written.
func (l *ledger) sound() {
	l.t.Helper()
	if err := l.judge(); err != nil {
		l.t.Fatal(err)
	}
}

// write writes an export down, and returns where.
func (l *ledger) write(text string) (file string) {
	l.t.Helper()
	file = filepath.Join(l.t.TempDir(), "trail.jsonl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return file
}

func TestAnExportThatSomebodyChangedIsRefusedOffline(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	var made struct {
		Secret string `json:"secret"`
	}
	l.m.CLI(t, l.customer.Token, &made, "tokens", "create", "late", "--scope", "tenant:read") // behind the last checkpoint
	out, said, err := l.m.TryCLI(l.customer.Token, "audit", "export")
	if err != nil {
		t.Fatalf("export: %v\n%s", err, said)
	}
	text := string(out)
	if said, err := offline(l.m, l.write(text), l.key); err != nil || !strings.Contains(text, `"token.create"`) {
		t.Fatalf("offline: %v\n%s", err, said)
	}
	lines := slices.Collect(strings.Lines(text))
	end := len(lines) - 1
	of := func(kind string) func(string) bool {
		return func(line string) bool { return strings.HasPrefix(line, `{"type":"`+kind+`"`) }
	}
	last := slices.IndexFunc(lines, of("checkpoint"))
	without := func(kind string) []string { return slices.DeleteFunc(slices.Clone(lines), of(kind)) }
	for what, c := range map[string][]string{
		"an action changed":        {strings.Replace(text, `"tenant.sign_up"`, `"tenant.sign_ups"`, 1)},
		"a row removed":            slices.Concat(lines[:2], lines[3:]),
		"two swapped":              slices.Concat(lines[:2], lines[3:4], lines[2:3], lines[4:]),
		"cut off, with its end":    lines[:end-1],
		"cut off at a checkpoint":  lines[:last+1],
		"cut off before its end":   slices.Concat(lines[:end-1], lines[end:]),
		"a row added":              slices.Concat(lines[:end], lines[end-1:]),
		"a row behind the end":     slices.Concat(lines, lines[end-1:end]),
		"no checkpoints":           without("checkpoint"),
		"no events":                without("event"),
		"no end":                   without("end"),
		"an end that nobody signs": slices.Concat(lines[:end], []string{fmt.Sprintf(`{"type":"end","lines":%d}`+"\n", end)}),
	} {
		if said, err := offline(l.m, l.write(strings.Join(c, "")), l.key); err == nil || strings.Contains(said, "signed_at") {
			t.Errorf("%s: %v\n%s", what, err, said)
		}
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
