package self

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// says is what operators read of a cell.
func says(t *testing.T, m *machine.Machine, cell string) string {
	t.Helper()
	var c struct{ Sentence string }
	m.CLI(t, m.Operator(t), &c, "cells", "show", cell)
	return c.Sentence
}

// TestWorkspacesWhoseDatabasesAreNotBackYetAreNotClosed restores the control plane before the cell's databases are brought back.
func TestWorkspacesWhoseDatabasesAreNotBackYetAreNotClosed(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	elm, fir := m.Settle(t, "elm"), m.Settle(t, "fir")
	elm.Say(t, "elm")
	fir.Say(t, "fir")
	file := filepath.Join(filepath.Dir(m.Dir), "control.backup")
	backup(t, m, file)
	m.Interrupt(t)
	cluster, away := filepath.Join(m.Dir, "pg", "cell"), filepath.Join(filepath.Dir(m.Dir), "cell")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(cluster, away)
	out, err := do(t, m, "restore", "--from", file, "--passphrase-file", machine.Secret(t, "correct horse battery staple"), "--replace")
	must(t, out, err)

	out, err = do(t, m, "up", "--http", "127.0.0.1:0", "--api", "127.0.0.1:0", "--canaries", "0", "--blanks", "0")
	if err == nil || !strings.Contains(out, "is not there, and 2 workspaces keep their data in it: bring it back first") {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(cluster); err == nil {
		t.Error("an empty cluster was made all the same")
	}

	m.Again(t, "--empty-cell")
	machine.Eventually(t, time.Minute, "the empty cell to be left alone", func() error {
		if said := says(t, m, "local"); !strings.Contains(said, "of the 2 workspaces that live in it, 2 have no database there: bring the cell's databases back") {
			return fmt.Errorf("it says %s", said)
		}
		return nil
	})
	if err := ready(m); err != nil { // the API goes on
		t.Error(err)
	}
	if got := m.Value(t, "select count(*) from workspaces where state <> 'deleted'"); got != "2" {
		t.Errorf("%s of 2 workspaces are left", got)
	}
	m.Interrupt(t)

	move(cluster, away+".empty")
	move(away, cluster)
	m.Again(t)
	for _, n := range []*machine.Team{elm, fir} {
		machine.Eventually(t, time.Minute, n.Slug+" to serve", func() error { return n.Heard(n.Slug) })
	}
	if said := says(t, m, "local"); !strings.Contains(said, "cell local takes new workspaces") {
		t.Error(said)
	}
	discardAll(t, m)
	m.SignUp(t, "oak")
}
