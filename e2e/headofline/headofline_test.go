package headofline

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

var within = flag.Float64("headofline.within", 0, "how many times a quiet sign-up's 95th percentile one beside trouble may take; 0: it is told and not judged")

// What is measured of the others, and how many operations of the one tenant are under way meanwhile.
const (
	quietOnes = 30
	crowd     = share + 1
	floodOf   = 40
)

// floods are asked for in this order, so that there is what to ask for.
var floods = []string{"provision", "stop", "start", "retire", "delete"}

func TestOneTenantsTroubleIsNobodyElses(t *testing.T) {
	m := machine.Start(t, "--blanks", fmt.Sprint(blanks))
	v := newVictim(t, m)
	others := &visitors{machine: m}
	v.fill(t) // it is quiet when all blanks are made
	var quiet []float64
	for range quietOnes {
		quiet = append(quiet, others.arrive(t))
	}
	others.leave(t, v)
	took := map[string][]float64{}
	for _, s := range spots() {
		t.Run(s.name(), func(t *testing.T) {
			for trouble, seconds := range v.inTrouble(t, others, s) {
				t.Logf("beside %s: %.2f s", trouble, seconds)
				took[s.row(trouble)] = append(took[s.row(trouble)], seconds...)
			}
			v.neverTold(t)
		})
	}
	for _, kind := range floods {
		t.Run("flood/"+kind, func(t *testing.T) { took["flood_"+kind] = v.flood(t, others, kind) })
	}
	v.neverTold(t)
	v.noneMissed(t)
	report(t, quiet, took)
}

// flood asks for many operations of a kind at once, and returns how long others waited meanwhile.
func (v *victim) flood(t *testing.T, others *visitors, kind string) (took []float64) {
	v.ask(t, kind, floodOf)
	for v.open(t) > crowd {
		took = append(took, others.arrive(t))
		v.mostAtATime(t)
	}
	if len(took) == 0 {
		t.Error("the flood was over before anybody else arrived")
	}
	v.calm(t)
	others.leave(t, v)
	return took
}

// report prints rows, as the benchmarks do, and judges them if it is told to.
func report(t *testing.T, quiet []float64, took map[string][]float64) {
	row := func(name string, value float64, unit string, n int) {
		line, _ := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit, "n": n})
		fmt.Fprintln(os.Stdout, string(line))
	}
	row("signup_ready_p95_quiet", p95(quiet), "s", len(quiet))
	for _, trouble := range slices.Sorted(maps.Keys(took)) {
		list := took[trouble]
		if len(list) == 0 || len(quiet) == 0 {
			t.Errorf("nobody signed up beside %s", trouble)
			continue
		}
		ratio := p95(list) / p95(quiet)
		row("signup_ready_p95_"+trouble, p95(list), "s", len(list))
		row("signup_ready_ratio_"+trouble, ratio, "", len(list))
		if *within > 0 && ratio > *within {
			t.Errorf("beside %s a sign-up takes %.2f times as long as on a quiet machine", trouble, ratio)
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
