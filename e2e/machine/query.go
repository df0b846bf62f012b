package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Query runs a statement in the control plane's database as its superuser, and returns what it answers.
func (m *Machine) Query(statement string) (string, error) {
	password, err := os.ReadFile(filepath.Join(m.Dir, "secrets", "pg-control.password"))
	if err != nil {
		return "", err
	}
	c := exec.Command("psql", "-qtA", "-v", "ON_ERROR_STOP=1", "-c", statement)
	c.Env = append(os.Environ(), "PGHOST="+filepath.Join(m.Dir, "run", "pg-control"), "PGUSER=postgres", "PGDATABASE=longhouse", "PGPASSWORD="+strings.TrimSpace(string(password)))
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// Value is what a statement answers that has to work.
func (m *Machine) Value(t testing.TB, statement string) string {
	t.Helper()
	text, err := m.Query(statement)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
