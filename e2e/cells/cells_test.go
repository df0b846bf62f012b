package cells

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

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
	p := startParts(t, m)
	p.add(t, op)
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
	move(t, m, op, p, second)
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

// move has the second cell's store serve at another address: workers go by the change, and workspaces after an apply.
func move(t *testing.T, m *machine.Machine, op string, p parts, second *machine.Customer) {
	t.Helper()
	before := p.store.Endpoint
	p.store.Kill()
	p.store.listen = "127.0.0.2:0"
	p.store.StartAgain()
	refused(t, m, op, "the object store is that of cell local already", "cells", "change", "second", "--store-admin-socket", filepath.Join(m.Dir, "run", "store", "admin.sock"))
	refused(t, m, op, "`longhouse cells drain second` and `destroy`", "cells", "remove", "second")
	m.CLI(t, op, nil, "cells", "change", "second", "--store", p.store.Endpoint)
	var done run
	m.CLI(t, op, &done, "cells", "apply", "second", "--yes")
	m.CLI(t, op, nil, "workspaces", "stop", second.Workspace.ID, "--wait")
	m.CLI(t, op, nil, "workspaces", "start", second.Workspace.ID, "--wait")
	second.Admin(t)
	if p.store.Endpoint == before {
		t.Errorf("the store is still at %s", before)
	}
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
