package headofline

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// What is measured of the others, and how many operations of the one tenant are under way meanwhile.
const (
	quietOnes = 30
	perStep   = 2
	crowd     = 8 // twice what a tenant gets at a time
	floodOf   = 60
)

// places are all steps that an operation of a tenant is done by.
var places = map[string][]string{
	"provision": {"storage", "database", "buckets", "schema", "instance", "ready", "first-admin", "route"},
	"stop":      {"route", "instance"},
	"start":     {"instance", "ready", "route"},
	"retire":    {"route", "instance"},
	"delete":    {"route", "instance", "database", "buckets", "storage"},
}

func TestOneTenantsTroubleIsNobodyElses(t *testing.T) {
	m := machine.Start(t, "--no-worker", "--lease", "2s", "--blanks", "8")
	w := m.Worker(t, "")
	v := newVictim(t, m)
	others := &visitors{machine: m}
	var quiet []float64
	for range quietOnes {
		quiet = append(quiet, others.arrive(t))
	}
	w.Stop(t)
	report("signup_ready_p95_quiet", p95(quiet), "s", len(quiet))
	for _, trouble := range []string{"hang", "panic"} {
		var took []float64
		for _, kind := range []string{"provision", "stop", "start", "retire", "delete"} {
			for _, step := range places[kind] {
				took = append(took, v.inTrouble(t, others, trouble, kind, step)...)
			}
		}
		report("signup_ready_p95_"+trouble, p95(took), "s", len(took))
		report("signup_ready_ratio_"+trouble, p95(took)/p95(quiet), "", len(took))
	}
	flooded := v.flood(t, others)
	report("signup_ready_p95_flood", p95(flooded), "s", len(flooded))
	report("signup_ready_ratio_flood", p95(flooded)/p95(quiet), "", len(flooded))
}

// inTrouble lets every worker stumble over the victim's operations in one step, and returns how long others waited.
func (v *victim) inTrouble(t *testing.T, others *visitors, trouble, kind, step string) (took []float64) {
	t.Helper()
	v.prepare(t, kind)
	w := v.machine.Worker(t, trouble+":"+kind+"/"+step+"/in@"+v.tenant)
	asked := v.ask(t, kind, crowd)
	v.await(t, asked, kind, step)
	for range perStep {
		took = append(took, others.arrive(t))
	}
	v.mostAtATime(t, asked)
	w.Stop(t)
	w = v.machine.Worker(t, "")
	for _, id := range asked {
		v.machine.Ended(t, v.owner.Token, id)
	}
	w.Stop(t)
	return took
}

// flood asks for many workspaces at once, and returns how long others waited while they were made.
func (v *victim) flood(t *testing.T, others *visitors) (took []float64) {
	t.Helper()
	w := v.machine.Worker(t, "")
	asked := v.ask(t, "provision", floodOf)
	for v.unfinished(t, asked) > crowd {
		took = append(took, others.arrive(t))
		v.mostAtATime(t, asked)
	}
	w.Stop(t)
	if len(took) == 0 {
		t.Error("the flood was over before anybody else arrived")
	}
	return took
}

func p95(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*95/100)]
}

// report prints one row, as the benchmarks do.
func report(name string, value float64, unit string, n int) {
	line, _ := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit, "n": n})
	fmt.Fprintln(os.Stdout, strings.TrimSpace(string(line)))
}
