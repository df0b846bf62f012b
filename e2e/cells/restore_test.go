package cells

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// uncompared are the cells that nobody works in yet, as everybody can ask.
func uncompared(m *machine.Machine) (names []string, err error) {
	resp, err := http.Get(m.Up.API + "/readyz")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var said struct {
		Cells []string `json:"cells_not_compared"`
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	return said.Cells, json.NewDecoder(resp.Body).Decode(&said)
}

func serves(t *testing.T, m *machine.Machine, c *machine.Customer) {
	t.Helper()
	machine.Eventually(t, time.Minute, c.Slug+" to serve", func() error {
		resp, err := m.HTTP().Get(c.Workspace.URL + "/api/v4/system/ping")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", resp.Status)
		}
		return nil
	})
}

// TestARestoreGoesOnWithoutACellThatIsNotThere restores the control plane of two cells while the second can't be reached.
func TestARestoreGoesOnWithoutACellThatIsNotThere(t *testing.T) {
	m := machine.Start(t, "--blanks", "0")
	op := m.Operator(t)
	first := m.SignUp(t, "first")
	full(t, m, op)
	p := startParts(t, m)
	p.add(t, op)
	m.CLI(t, op, nil, "cells", "apply", "second", "--yes")
	second := m.SignUp(t, "second")
	m.CLI(t, op, nil, "cells", "limit", "local", "workspaces=10")
	settled(t, m, op)
	file, secret := filepath.Join(t.TempDir(), "control.backup"), machine.Secret(t, "correct horse battery")
	m.CLI(t, "", nil, "backup", "--data", m.Dir, "--to", file, "--passphrase-file", secret)
	m.Interrupt(t)
	if out, err := exec.Command(filepath.Join(m.Bin, "longhouse"), "restore", "--data", m.Dir, "--from", file, "--passphrase-file", secret, "--replace").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	url, err := os.ReadFile(p.url)
	if err != nil {
		t.Fatal(err)
	}
	point := func(to string) {
		t.Helper()
		if err := os.WriteFile(p.url, []byte(to), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	point("postgres://nobody@/postgres?host=/nowhere")

	m.Again(t)
	serves(t, m, first)
	m.SignUp(t, "third")
	op = m.Operator(t)
	machine.Eventually(t, time.Minute, "the second cell to be told of", func() error {
		names, err := uncompared(m)
		if c := show(t, m, op, "second"); err != nil || !slices.Equal(names, []string{"second"}) || !strings.Contains(c.Sentence, "it can't be reached") {
			return fmt.Errorf("%v, %v: %s", names, err, c.Sentence)
		}
		return nil
	})
	m.CLI(t, op, nil, "workspaces", "stop", second.Workspace.ID)
	var list []machine.Operation
	m.CLI(t, op, &list, "operations", "list")
	var why struct{ Sentence string }
	if m.CLI(t, op, &why, "operations", "why-stuck", list[0].ID); !strings.Contains(why.Sentence, "It waits until its cell was compared") {
		t.Errorf("its operation is said to be waiting for: %s", why.Sentence)
	}

	point(string(url))
	machine.Eventually(t, time.Minute, "the second cell to be compared", func() error {
		if names, err := uncompared(m); err != nil || names != nil {
			return fmt.Errorf("%v, %v", names, err)
		}
		return nil
	})
	settled(t, m, op)
	m.CLI(t, op, nil, "workspaces", "start", second.Workspace.ID, "--wait")
	serves(t, m, second)
}
