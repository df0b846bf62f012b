package hostile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/attack"
)

// enough requests of each neighbour for a 99th percentile that is much the same the next time, and how long what is over soon
// is done again and again.
const (
	enough = 3000
	while  = 4 * time.Second
)

func TestNeighboursOfAHostileWorkspaceNoticeNothing(t *testing.T) {
	server := filepath.Join(os.Getenv("LONGHOUSE_BIN"), "hostile", "workspace-server")
	m := machine.Start(t, "--workspace-server", server)
	if err := remote(); err != nil {
		t.Fatal(err)
	}
	hostile := m.SignUp(t, "elm")
	others := moveIn(t, m.SignUp(t, "fir"), m.SignUp(t, "oak"))
	it := find(t, m, hostile.Workspace.ID)

	quietly := make(chan struct{})
	close(quietly)
	var took []time.Duration
	for range 2 { // at first caches are cold, and blanks are made for those who come next
		var err error
		if took, err = others.work(t.Context(), quietly, enough); err != nil {
			t.Fatalf("before any attack: %v", err)
		}
	}
	quiet := p99(took)
	row("neighbour_p99_quiet", quiet, "ms", len(took))

	t.Run("intrusions", func(t *testing.T) { intrusions(t, m, it) })
	worst := 0.0
	for _, x := range []struct {
		name string
		most int64
	}{{"spin", 5000}, {"log", 512 << 20}, {"fork", 5000}, {"disk", 16 << 30}, {"memory", 8 << 30},
		{"sqlspin", 4000}, {"sqlmemory", 0}, {"sqltemp", 0}, {"sqllocks", 50_000}} {
		t.Run(x.name, func(t *testing.T) { worst = max(worst, exhaustion(t, it, others, x.name, x.most)) })
	}
	row("neighbour_p99_ratio", worst/quiet, "x", 5)
}

// intrusions reach for all that the machine has.
func intrusions(t *testing.T, m *machine.Machine, it instance) {
	aim := everything(t, m, it)
	if len(aim.Files) < 50 || len(aim.Folders) < 50 || len(aim.Sockets) < 8 || len(aim.Addresses) < 3 || len(aim.PIDs) < 12 {
		t.Fatalf("%d files, %d folders, %d sockets, %d ports, %d processes: too few to show anything", len(aim.Files), len(aim.Folders),
			len(aim.Sockets), len(aim.Addresses), len(aim.PIDs))
	}
	tried, through := 0, 0
	for _, name := range slices.Concat(attack.Intrusions, attack.Outreaches) {
		tries, answered := it.attack(t, name, aim)
		if !answered || len(tries) == 0 {
			t.Errorf("attack %s was not made", name)
		}
		tried += len(tries)
		for _, try := range tries {
			if try.Through {
				through++
				t.Errorf("attack %s got through: %s: %s", name, try.What, try.Got)
			}
		}
	}
	row("hostile_tries", float64(tried), "tries", tried)
	row("hostile_through", float64(through), "tries", tried)
}

// exhaustion takes what it can while the others work, and gives their 99th percentile in milliseconds.
func exhaustion(t *testing.T, it instance, others *neighbours, name string, most int64) float64 {
	over := make(chan struct{})
	go func() {
		defer close(over)
		for began := time.Now(); time.Since(began) < while; {
			exhaust(t, it, name, most)
		}
	}()
	took, err := others.work(t.Context(), over, 0)
	if err != nil {
		t.Errorf("a neighbour got an error: %v", err)
	}
	worst := p99(took)
	row("neighbour_p99_"+name, worst, "ms", len(took))
	return worst
}

// exhaust makes one attack, and waits for the instance to be back.
func exhaust(t *testing.T, it instance, name string, most int64) {
	before := it.observe(t)
	if tries, answered := it.attack(t, name, attack.Aim{Most: most, Source: it.desired.Env["MM_SQLSETTINGS_DATASOURCE"]}); answered {
		if tries[0].Through {
			t.Errorf("it got as much as it wanted: %s: %s", tries[0].What, tries[0].Got)
		}
		t.Logf("%s: %s", tries[0].What, tries[0].Got)
	}
	machine.Eventually(t, 60*time.Second, "the attacker to be back", func() error {
		o := it.observe(t)
		if !o.Ready {
			return errors.New(fmt.Sprint(o))
		}
		return nil
	})
	if after := it.observe(t); after.PID != before.PID {
		t.Logf("it was ended: %s", after.LastExit)
		if !strings.Contains(after.LastExit, "out of "+name) {
			t.Errorf("%s ended it so: %s", name, after.LastExit)
		}
	}
}
