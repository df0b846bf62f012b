package cells

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// parts are what a cell is made of, run by the test.
type parts struct {
	store *storetest.Store
	url   string   // the file that says where the databases are
	args  []string // of `longhouse cells add`
}

// workers is the user that workers run as.
func workers() int {
	if os.Geteuid() != 0 {
		return os.Getuid()
	}
	return 300002
}

func startParts(t *testing.T) parts {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhcell")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	secret := func(name, text string) string {
		file := filepath.Join(dir, name)
		err := os.WriteFile(file, []byte(text), 0o600)
		if err := errors.Join(err, os.Chown(file, workers(), -1)); err != nil {
			t.Fatal(err)
		}
		return file
	}
	server, store := testdb.Cluster(t), storetest.StartAs(t, workers())
	url := secret("url", server.AdminURL)
	return parts{store, url, []string{"--database-host", server.SocketDir, "--database-url-file", url, "--store", store.Endpoint,
		"--store-admin-socket", store.Config.AdminSocket, "--store-secret-file", secret("store", "a-secret-of-the-store-0123456789"), "--limit", "workspaces=6"}}
}

// TestWithoutTerraformWhatRunsGoesOn is not parallel, as PATH is the process's.
func TestWithoutTerraformWhatRunsGoesOn(t *testing.T) {
	m := machine.Start(t)
	first := m.SignUp(t, "first")
	m.Interrupt(t)
	t.Setenv("PATH", "/usr/bin:/bin")
	if _, err := exec.LookPath("terraform"); err == nil {
		t.Fatal("this machine has terraform where this test does not expect it")
	}
	m.Again(t)
	first.Admin(t)
	m.SignUp(t, "second")
	refused(t, m, m.Operator(t), "neither terraform nor tofu is in PATH or beside this program", "cells", "plan", "local")
}

type cell struct {
	Name, State, Sentence string
	Contact               struct{ Failure string }
	Capacity              []struct {
		Dimension string
		Used      *int64
	}
}

type run struct {
	ID, State, Message string
	Changes            []struct{ Address, Action string }
}

func show(t *testing.T, m *machine.Machine, op, name string) (c cell) {
	t.Helper()
	m.CLI(t, op, &c, "cells", "show", name)
	return c
}

// refused runs a verb that must fail, and wants it to say why.
func refused(t *testing.T, m *machine.Machine, token, say string, args ...string) {
	t.Helper()
	_, stderr, err := m.TryCLI(token, args...)
	if err == nil || !bytes.Contains(stderr, []byte(say)) {
		t.Errorf("longhouse %s: %v, %s, want ...%s...", strings.Join(args, " "), err, stderr, say)
	}
}

func TestASecondCell(t *testing.T) {
	m := machine.Start(t)
	op := m.Operator(t)
	first := m.SignUp(t, "first")
	full(t, m, op)

	// Nothing of it is there before it was applied, and then it is lived in, without a restart.
	p := startParts(t)
	m.CLI(t, op, nil, append([]string{"cells", "add", "second", "--region", "local"}, p.args...)...)
	var plan, done run
	m.CLI(t, op, &plan, "cells", "plan", "second")
	if len(plan.Changes) != 3 || plan.Message != "3 to create" || show(t, m, op, "second").State != "planned" {
		t.Errorf("%+v", plan)
	}
	m.CLI(t, op, &done, "cells", "apply", "second", "--plan", plan.ID)
	refused(t, m, op, "was applied since; plan again", "cells", "apply", "second", "--plan", plan.ID)
	second := m.SignUp(t, "second")
	if used := show(t, m, op, "second").Capacity[0].Used; used == nil || *used < 1 {
		t.Errorf("nobody lives in the second cell: %v", used)
	}
	second.Admin(t)
	settled(t, m, op)
	m.NoOrphans(t)
	var backup struct {
		Facts map[string]string `json:"facts"`
	}
	m.CLI(t, "", &backup, "backup", "--data", m.Dir, "--to", filepath.Join(t.TempDir(), "control.backup"), "--passphrase-file", machine.Secret(t, "correct horse battery"))
	if got := backup.Facts["cells_without_keys"]; got != "second" {
		t.Errorf("the backup says that it has no keys of %q", got)
	}

	hurt(t, m, op, p, first, second)
	giveUp(t, m, op, second)
}

// settled waits until nothing is being made: a sweep would take it for a difference.
func settled(t *testing.T, m *machine.Machine, op string) {
	t.Helper()
	machine.Eventually(t, time.Minute, "all operations to be over", func() error {
		var list []machine.Operation
		m.CLI(t, op, &list, "operations", "list", "--limit", "0")
		for _, o := range list {
			if o.State == "queued" || o.State == "running" || o.State == "undoing" {
				return fmt.Errorf("%+v", o)
			}
		}
		return nil
	})
}

// full lets the first cell have no place left.
func full(t *testing.T, m *machine.Machine, op string) {
	t.Helper()
	m.CLI(t, op, nil, "cells", "limit", "local", "workspaces=1")
	machine.Eventually(t, time.Minute, "the first cell to be full", func() error {
		if c := show(t, m, op, "local"); !strings.Contains(c.Sentence, "workspaces is full") {
			return errors.New(c.Sentence)
		}
		return nil
	})
	refused(t, m, "", "the region \\\"local\\\" is full now", "signup", "--email", "late@example.com", "--password-file", machine.Secret(t, "correct horse battery"),
		"--tenant", "Late", "--workspace", "late", "--region", "local")
}

// hurt takes the second cell's store away: its runs fail, and the first cell does not notice.
func hurt(t *testing.T, m *machine.Machine, op string, p parts, first, second *machine.Customer) {
	t.Helper()
	p.store.Kill()
	reached(t, m, op, false)
	refused(t, m, op, "object store", "cells", "drift", "second")
	first.Admin(t)
	var drift run
	m.CLI(t, op, &drift, "cells", "drift", "local")
	if len(drift.Changes) != 0 {
		t.Errorf("%+v", drift)
	}
	p.store.StartAgain()
	reached(t, m, op, true)
	if err := p.store.Admin.DeleteBucket(t.Context(), "second-archive"); err != nil {
		t.Fatal(err)
	}
	m.CLI(t, op, &drift, "cells", "drift", "second")
	if len(drift.Changes) != 1 || drift.Changes[0].Address != "longhouse_bucket.archive" {
		t.Errorf("%+v", drift)
	}
	m.CLI(t, op, nil, "cells", "apply", "second", "--yes")
	second.Admin(t)
}

// reached waits until workers say that they reach the second cell, or don't.
func reached(t *testing.T, m *machine.Machine, op string, want bool) {
	t.Helper()
	machine.Eventually(t, time.Minute, fmt.Sprintf("the second cell to be reached: %t", want), func() error {
		if said := show(t, m, op, "second").Contact.Failure; (said == "") != want || !want && !strings.Contains(said, "object store") {
			return fmt.Errorf("workers say %q", said)
		}
		return nil
	})
}

// giveUp empties the second cell and destroys it.
func giveUp(t *testing.T, m *machine.Machine, op string, second *machine.Customer) {
	t.Helper()
	refused(t, m, op, "cells drain second` first", "cells", "destroy", "second", "--confirm", "second")
	m.CLI(t, op, nil, "cells", "drain", "second")
	refused(t, m, op, "1 workspaces", "cells", "destroy", "second", "--confirm", "second")
	m.CLI(t, second.Token, nil, "workspaces", "delete", "second", "--yes", "--now", "--wait")
	machine.Eventually(t, 2*time.Minute, "the second cell to be destroyed", func() error {
		if _, stderr, err := m.TryCLI(op, "cells", "destroy", "second", "--confirm", "second"); err != nil {
			return fmt.Errorf("%w: %s", err, stderr)
		}
		return nil
	})
	var list []cell
	m.CLI(t, op, &list, "cells", "list")
	if len(list) != 1 || list[0].Name != "local" {
		t.Errorf("%+v", list)
	}
	settled(t, m, op)
	m.NoOrphans(t)
}
