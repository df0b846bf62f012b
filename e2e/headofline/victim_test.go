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

// share is how many operations of one tenant go on at a time.
const share = 2

// victim is the tenant whose operations get into trouble.
type victim struct {
	machine *machine.Machine
	owner   *machine.Customer
	tenant  string
	made    int
	spare   []string // slugs of workspaces that run
	halted  []string // slugs of workspaces that are stopped
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
	if _, err := v.db.Exec(t.Context(), "update tenants set plan = 'enterprise' where name = 'Tenant victim'"); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID string `json:"id"`
	}
	m.CLI(t, v.owner.Token, &list, "tenants", "list")
	v.tenant = list[0].ID
	return v
}

// prepare has as many workspaces ready as operations of this kind need.
func (v *victim) prepare(t *testing.T, kind string) {
	t.Helper()
	if kind == "provision" {
		return
	}
	w := v.machine.Worker(t, "")
	defer w.Stop(t)
	from := &v.spare
	if kind == "start" {
		from = &v.halted
	}
	for len(*from) < crowd {
		before := len(v.spare)
		for _, id := range v.ask(t, "provision", crowd) {
			v.machine.Ended(t, v.owner.Token, id)
		}
		if kind != "start" {
			continue
		}
		for _, slug := range v.spare[before:] {
			v.machine.CLI(t, v.owner.Token, nil, "workspaces", "stop", slug, "--wait")
			v.halted = append(v.halted, slug)
		}
		v.spare = v.spare[:before]
	}
}

// ask asks for n operations of a kind at once, and returns their ids.
func (v *victim) ask(t *testing.T, kind string, n int) []string {
	t.Helper()
	var verbs [][]string
	for range n {
		verbs = append(verbs, v.verb(kind))
	}
	ids := make([]string, n)
	var asking sync.WaitGroup
	for i, verb := range verbs {
		asking.Go(func() {
			var answer struct {
				ID        string `json:"id"`
				Operation struct {
					ID string `json:"id"`
				} `json:"operation"`
			}
			v.machine.CLI(t, v.owner.Token, &answer, verb...)
			ids[i] = answer.ID
			if answer.Operation.ID != "" {
				ids[i] = answer.Operation.ID
			}
		})
	}
	asking.Wait()
	return ids
}

func (v *victim) verb(kind string) []string {
	take := func(from *[]string) (slug string) {
		slug, *from = (*from)[0], (*from)[1:]
		return slug
	}
	switch kind {
	case "provision":
		v.made++
		slug := fmt.Sprintf("victim-%03d", v.made)
		v.spare = append(v.spare, slug)
		return []string{"workspaces", "create", "--slug", slug}
	case "stop":
		slug := take(&v.spare)
		v.halted = append(v.halted, slug)
		return []string{"workspaces", "stop", slug}
	case "start":
		slug := take(&v.halted)
		v.spare = append(v.spare, slug)
		return []string{"workspaces", "start", slug}
	case "retire":
		return []string{"workspaces", "delete", take(&v.spare)}
	default:
		return []string{"workspaces", "delete", take(&v.spare), "--now", "--yes"}
	}
}

// await waits until one of the operations is in the step, or has been.
func (v *victim) await(t *testing.T, asked []string, kind, step string) {
	t.Helper()
	machine.Eventually(t, time.Minute, "an operation to come to "+kind+"/"+step, func() error {
		var n int
		err := v.db.QueryRow(t.Context(), `select count(*) from operations o join operation_steps s on s.operation_id = o.id
			where o.kind = $1 and s.name = $2 and s.state = 'running' and o.finished_at is null`, kind, step).Scan(&n)
		if err == nil && n == 0 {
			err = fmt.Errorf("none of %v is there yet", asked)
		}
		return err
	})
}

// mostAtATime fails the test when more of the tenant's operations go on than its share.
func (v *victim) mostAtATime(t *testing.T, asked []string) {
	t.Helper()
	var n int
	err := v.db.QueryRow(t.Context(), `select count(*) from operations o join tenants t on t.id = o.tenant_id
		where t.name = 'Tenant victim' and o.lease_until > clock_timestamp()`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	if n > share {
		t.Errorf("%d operations of the tenant in trouble go on at a time, of %d asked for", n, len(asked))
	}
}

func (v *victim) unfinished(t *testing.T, asked []string) (n int) {
	t.Helper()
	err := v.db.QueryRow(t.Context(), `select count(*) from operations o join tenants t on t.id = o.tenant_id
		where t.name = 'Tenant victim' and o.finished_at is null`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
