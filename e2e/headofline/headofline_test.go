package headofline

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// What is measured of the others, and how many operations of the one tenant are under way meanwhile.
const (
	quietOnes = 30
	crowd     = share + 1
	floodOf   = 60
)

func TestOneTenantsTroubleIsNobodyElses(t *testing.T) {
	m := machine.Start(t, "--no-worker", "--blanks", fmt.Sprint(blanks))
	w := m.Worker(t, "")
	v := newVictim(t, m)
	others := &visitors{machine: m}
	var quiet []float64
	for range quietOnes {
		quiet = append(quiet, others.arrive(t))
	}
	w.Stop(t)
	took := map[string][]float64{}
	for _, s := range spots() {
		t.Run(s.name(), func(t *testing.T) {
			for trouble, seconds := range v.inTrouble(t, others, s) {
				took[s.row(trouble)] = append(took[s.row(trouble)], seconds...)
			}
			v.neverTold(t)
		})
	}
	t.Run("flood", func(t *testing.T) { took["flood"] = v.flood(t, others) })
	v.neverTold(t)
	v.noneMissed(t)
	report(quiet, took)
}

// flood asks for many workspaces at once, and returns how long others waited while they were made.
func (v *victim) flood(t *testing.T, others *visitors) (took []float64) {
	w := v.machine.Worker(t, "")
	defer w.Stop(t)
	v.ask(t, "provision", floodOf)
	for v.open(t) > crowd {
		took = append(took, others.arrive(t))
		v.mostAtATime(t)
	}
	if len(took) == 0 {
		t.Error("the flood was over before anybody else arrived")
	}
	return took
}

// report prints rows, as the benchmarks do.
func report(quiet []float64, took map[string][]float64) {
	row := func(name string, value float64, unit string, n int) {
		line, _ := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit, "n": n})
		fmt.Fprintln(os.Stdout, string(line))
	}
	row("signup_ready_p95_quiet", p95(quiet), "s", len(quiet))
	for _, trouble := range []string{"hang", "panic", "kill", "prepare_hang", "prepare_panic", "prepare_kill", "flood"} {
		if list := took[trouble]; len(list) > 0 && len(quiet) > 0 {
			row("signup_ready_p95_"+trouble, p95(list), "s", len(list))
			row("signup_ready_ratio_"+trouble, p95(list)/p95(quiet), "", len(list))
		}
	}
}

func p95(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*95/100)]
}
