package headofline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// blanks is how many are kept at hand: more than are used up while none can be made.
const blanks = 16

// victim is the tenant whose operations get into trouble.
type victim struct {
	machine *machine.Machine
	owner   *machine.Customer
	tenant  string
	made    int
	db      *pgx.Conn
}

func newVictim(t *testing.T, m *machine.Machine) *victim {
	t.Helper()
	v := &victim{machine: m, owner: m.SignUp(t, "victim")}
	url, err := os.ReadFile(filepath.Join(m.Dir, "control", "database.url"))
	if err != nil {
		t.Fatal(err)
	}
	if v.db, err = pgx.Connect(t.Context(), strings.TrimSpace(string(url))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.db.Close(t.Context()) })
	// The plan that may have a thousand workspaces: nobody can buy it yet.
	v.write(t, "update tenants set plan = 'enterprise' where name = 'Tenant victim'")
	v.noteWaiting(t)
	var list []struct {
		ID string `json:"id"`
	}
	m.CLI(t, v.owner.Token, &list, "tenants", "list")
	v.tenant = list[0].ID
	return v
}

// prepare has as many workspaces, or blanks, ready as operations of this kind need.
func (v *victim) prepare(t *testing.T, s spot) {
	t.Helper()
	v.write(t, "delete from told_to_wait")
	switch s.kind {
	case "provision":
	case "prepare", "discard":
		v.fill(t)
	case "start":
		if missing := crowd - len(v.slugs(t, "stopped")); missing > 0 {
			v.running(t, missing)
			v.ask(t, "stop", missing)
		}
	default:
		v.running(t, crowd)
	}
	v.calm(t)
}

// running makes workspaces until n of them run.
func (v *victim) running(t *testing.T, n int) {
	t.Helper()
	if missing := n - len(v.slugs(t, "running")); missing > 0 {
		v.ask(t, "provision", missing)
		v.calm(t)
	}
}

// fill waits until all blanks are at hand.
func (v *victim) fill(t *testing.T) {
	t.Helper()
	// Workers hold back for a while after a blank could not be made.
	v.write(t, "update operations set finished_at = finished_at - interval '1 minute' where kind = 'prepare' and state = 'undone'")
	machine.Eventually(t, time.Minute, "all blanks to be at hand", func() error {
		if n := v.count(t, "select count(*) from storages where state = 'blank'"); n < blanks {
			return fmt.Errorf("there are %d of %d", n, blanks)
		}
		return nil
	})
}

// ask asks for n operations of a kind at once.
func (v *victim) ask(t *testing.T, kind string, n int) {
	t.Helper()
	var asking sync.WaitGroup
	for _, verb := range v.verbs(t, kind, n) {
		asking.Go(func() {
			if _, said, err := v.machine.TryCLI(v.owner.Token, verb...); err != nil {
				t.Errorf("longhouse %s: %v\n%s", strings.Join(verb, " "), err, said)
			}
		})
	}
	asking.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func (v *victim) verbs(t *testing.T, kind string, n int) (list [][]string) {
	t.Helper()
	if kind == "provision" {
		for range n {
			v.made++
			list = append(list, []string{"workspaces", "create", "--slug", fmt.Sprintf("victim-%03d", v.made)})
		}
		return list
	}
	from, verb, flags := "running", kind, []string(nil)
	switch kind {
	case "start":
		from = "stopped"
	case "retire":
		verb = "delete"
	case "delete":
		flags = []string{"--now", "--yes"}
		if len(v.slugs(t, from)) < n {
			from = "deleting"
		}
	}
	for _, slug := range v.slugs(t, from)[:n] {
		list = append(list, append([]string{"workspaces", verb, slug}, flags...))
	}
	return list
}
