package canary

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/confine"
)

// borders are the outcomes that `longhouse borders` tells everybody.
func borders(t *testing.T, m *machine.Machine) map[string]string {
	t.Helper()
	var list []struct {
		Border  string `json:"border"`
		Outcome string `json:"outcome"`
	}
	m.CLI(t, "", &list, "borders")
	met := map[string]string{}
	for _, b := range list {
		met[b.Border] = b.Outcome
	}
	return met
}

func until(t *testing.T, m *machine.Machine, want map[string]string) {
	t.Helper()
	machine.Eventually(t, time.Minute, fmt.Sprintf("the borders to be %v", want), func() error {
		if met := borders(t, m); fmt.Sprint(met) != fmt.Sprint(want) {
			return fmt.Errorf("they are %v", met)
		}
		return nil
	})
}

func TestABorderThatIsOpenedIsNoticed(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--canaries", "1s")
	want := map[string]string{"database": "held", "bucket": "held", "socket": "held", "file": "held", "process": "held", "network": "held"}
	if os.Geteuid() != 0 && slices.Contains(confine.Look().Missing(true), confine.Signals) { // all workspaces are one user then
		want["process"] = "crossed"
	}
	until(t, m, want)
	cell := connect(t, m, "cell.url")
	rows, err := cell.Query(t.Context(), "select datname from pg_database where datname <> 'postgres' and not datistemplate")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) == 0 {
		t.Fatalf("the cell's databases are %v: %v", names, err)
	}
	for _, name := range names {
		if _, err := cell.Exec(t.Context(), "grant connect on database "+pgx.Identifier{name}.Sanitize()+" to public"); err != nil {
			t.Fatal(err)
		}
	}
	want["database"] = "crossed"
	until(t, m, want)
	alarm(t, m)
	for _, name := range names {
		if _, err := cell.Exec(t.Context(), "revoke connect on database "+pgx.Identifier{name}.Sanitize()+" from public"); err != nil {
			t.Fatal(err)
		}
	}
	want["database"] = "held"
	until(t, m, want)
	m.NoOrphans(t)
}

// connect opens a database of the machine as those do who run it.
func connect(t *testing.T, m *machine.Machine, file string) *pgx.Conn {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(m.Dir, "control", file))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), strings.TrimSpace(string(url)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// alarm looks for what the alert goes by, and for the line in the log.
func alarm(t *testing.T, m *machine.Machine) {
	t.Helper()
	if text := m.Figures(t, "control"); !strings.Contains(text, `longhouse_border_outcome{border="database",cell="local",outcome="crossed"} 1`) {
		t.Error("the figures do not tell of it")
	}
	log, err := os.ReadFile(filepath.Join(m.Dir, "logs", m.AtWork(t)+".log"))
	if err != nil || !strings.Contains(string(log), `"event":"border.crossed"`) {
		t.Errorf("the log does not tell of it: %v", err)
	}
}
