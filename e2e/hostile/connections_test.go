package hostile

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/attack"
)

// takers are how many connections a hostile workspace tries to hold: more than the database has sessions, and many more
// than it may have.
const takers = 600

func TestAHostileWorkspaceTakesNobodysConnections(t *testing.T) {
	m := machine.Start(t, "--workspace-server", filepath.Join(os.Getenv("LONGHOUSE_BIN"), "hostile", "workspace-server"), "--canaries", "1s")
	it := find(t, m, m.SignUp(t, "elm").Workspace.ID)
	if it.desired.Broker == nil {
		t.Fatal("its connections aren't made for it")
	}
	aim := ownServices(t, it)
	aim.Most, aim.Seconds = takers, 15
	var floods sync.WaitGroup
	for name, most := range map[string]int{"dbconnections": it.desired.Broker.Places[0].Most, "storeconnections": it.desired.Broker.Places[1].Most} {
		floods.Go(func() {
			tries, answered := it.attack(t, name, aim)
			if !answered {
				t.Errorf("%s was not made", name)
				return
			}
			got, _, _ := strings.Cut(tries[0].Got, ",")
			if held, err := strconv.Atoi(got); err != nil || tries[0].Through || held > most || held < most/2 {
				t.Errorf("%s: %s; it may have %d", name, tries[0].Got, most)
			}
		})
	}
	until := time.Now().Add(time.Duration(aim.Seconds) * time.Second)
	newcomers := 0
	for ; time.Now().Before(until); newcomers++ {
		c := m.SignUp(t, fmt.Sprintf("fir-%d", newcomers))
		upload(t, c, []byte(c.Slug), "team")
	}
	floods.Wait()
	row("hostile_connections_newcomers", float64(newcomers), "workspaces", newcomers)
	var borders []struct{ Border, Outcome, Detail string }
	m.CLI(t, "", &borders, "borders")
	for _, b := range borders {
		if b.Outcome != "held" && os.Geteuid() == 0 {
			t.Errorf("the canaries say of %s: %s, %s", b.Border, b.Outcome, b.Detail)
		}
	}
	if len(borders) == 0 {
		t.Error("the canaries say nothing")
	}
}

// ownServices are where the instance's own database and store are.
func ownServices(t *testing.T, it instance) attack.Aim {
	t.Helper()
	source, err := url.Parse(it.desired.Env["MM_SQLSETTINGS_DATASOURCE"])
	if err != nil {
		t.Fatal(err)
	}
	return attack.Aim{Database: it.desired.Broker.Places[0].Address, Role: source.User.Username(), Store: it.desired.Env["MM_FILESETTINGS_AMAZONS3ENDPOINT"]}
}
