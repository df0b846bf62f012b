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

func TestNeighboursOfAHostileWorkspaceNoticeNothing(t *testing.T) {
	server := filepath.Join(os.Getenv("LONGHOUSE_BIN"), "hostile", "workspace-server")
	m := machine.Start(t, "--workspace-server", server)
	if err := remote(); err != nil {
		t.Fatal(err)
	}
	hostile := m.SignUp(t, "elm")
	others := moveIn(t, m.SignUp(t, "fir"), m.SignUp(t, "oak"))
	it := find(t, m, hostile.Workspace.ID)
	aim := everything(t, m, it)
	aim.Source = it.desired.Env["MM_SQLSETTINGS_DATASOURCE"]
	var count tally
	ratios := map[string][]float64{}
	before := others.quiet(t, 2**lasts) // at first caches are cold, and blanks are made for those who come next
	for range *rounds {
		before = others.quiet(t, *lasts)
		for _, p := range phases {
			t.Run(p.name, func(t *testing.T) {
				took := p.run(t, it, others, aim, &count)
				after := others.quiet(t, *lasts)
				ratios[p.name] = append(ratios[p.name], took.against(before.and(after)))
				t.Log(took.told(before.and(after)))
				ms, n := took.p99()
				row("neighbour_p99_"+p.name, ms, "ms", n)
				ms, n = before.and(after).p99()
				row("neighbour_p99_quiet_"+p.name, ms, "ms", n)
				before = after
			})
		}
	}
	row("hostile_tries", float64(count.tried), "tries", count.tried)
	row("hostile_through", float64(count.through), "tries", count.tried)
	judge(t, ratios)
}

// judge says how much slower the neighbours became in each phase.
func judge(t *testing.T, ratios map[string][]float64) {
	t.Helper()
	worst := 0.0
	for _, p := range phases {
		if ratios[p.name] == nil { // it was left out by -run
			continue
		}
		ratio := median(ratios[p.name])
		worst = max(worst, ratio)
		row("neighbour_p99_ratio_"+p.name, ratio, "x", *rounds)
		if *most > 0 && ratio > *most {
			t.Errorf("%s made neighbours %.2f times slower: %.2f", p.name, ratio, ratios[p.name])
		}
	}
	row("neighbour_p99_ratio", worst, "x", len(phases))
}

func TestEveryAttackIsMade(t *testing.T) {
	t.Parallel()
	made := []string{"dbconnections", "storeconnections"} // by another test
	for _, p := range phases {
		made = append(made, p.attacks...)
	}
	for _, name := range slices.Concat(attack.Intrusions, attack.Outreaches, attack.Exhaustions) {
		if !slices.Contains(made, name) {
			t.Errorf("nobody makes the attack %s", name)
		}
	}
}

// tally counts what was tried.
type tally struct{ tried, through int }

// intrude makes one attack on what is others'.
func intrude(t *testing.T, it instance, name string, aim attack.Aim, count *tally) {
	tries, answered := it.attack(t, name, aim)
	if !answered || len(tries) == 0 {
		t.Errorf("attack %s was not made", name)
	}
	count.tried += len(tries)
	for _, try := range tries {
		if try.Through {
			count.through++
			t.Errorf("attack %s got through: %s: %s", name, try.What, try.Got)
		}
	}
}

// exhaust makes one attack, and waits for the instance to be back.
func exhaust(t *testing.T, it instance, name string, aim attack.Aim) {
	before := it.observe(t)
	if tries, answered := it.attack(t, name, aim); answered {
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
