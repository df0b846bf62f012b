package provisioner

import (
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestDecisionIsTheNextStepOfTheDirection(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state tenants.Progress
		steps []string
		want  move
		step  int
	}{
		"queued, nothing begun":        {tenants.Queued, []string{stepWaiting, stepWaiting}, do, 0},
		"queued, without steps":        {tenants.Queued, nil, succeed, 0},
		"going, nothing begun":         {tenants.Going, []string{stepWaiting, stepWaiting}, do, 0},
		"going, first cut off":         {tenants.Going, []string{stepRunning, stepWaiting}, do, 0},
		"going, first done":            {tenants.Going, []string{stepDone, stepWaiting}, do, 1},
		"going, last cut off":          {tenants.Going, []string{stepDone, stepRunning}, do, 1},
		"going, all done":              {tenants.Going, []string{stepDone, stepDone}, succeed, 0},
		"undoing, nothing begun":       {tenants.Undoing, []string{stepWaiting, stepWaiting}, giveUp, 0},
		"undoing, without steps":       {tenants.Undoing, nil, giveUp, 0},
		"undoing, first had failed":    {tenants.Undoing, []string{stepRunning, stepWaiting}, undo, 0},
		"undoing, last had failed":     {tenants.Undoing, []string{stepDone, stepRunning}, undo, 1},
		"undoing, all had been done":   {tenants.Undoing, []string{stepDone, stepDone}, undo, 1},
		"undoing, cut off":             {tenants.Undoing, []string{stepDone, stepUndoing}, undo, 1},
		"undoing, last taken back":     {tenants.Undoing, []string{stepDone, stepUndone}, undo, 0},
		"undoing, first cut off":       {tenants.Undoing, []string{stepUndoing, stepUndone}, undo, 0},
		"undoing, the rest never was":  {tenants.Undoing, []string{stepUndone, stepWaiting}, giveUp, 0},
		"undoing, all taken back":      {tenants.Undoing, []string{stepUndone, stepUndone}, giveUp, 0},
		"over, done":                   {tenants.Succeeded, []string{stepDone, stepDone}, rest, 0},
		"over, taken back":             {tenants.Undone, []string{stepUndone, stepWaiting}, rest, 0},
		"a state of a version to come": {"dreaming", []string{stepWaiting}, rest, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, step := decide(facts{test.state, test.steps}); got != test.want || step != test.step {
				t.Errorf("move %d of step %d, want %d of %d", got, step, test.want, test.step)
			}
		})
	}
}

// Whatever the steps' states, an operation that is not over comes to an end, and only steps that were touched are
// taken back.
func TestEveryConstellationComesToAnEnd(t *testing.T) {
	t.Parallel()
	for _, state := range tenants.ProgressStates {
		for _, first := range stepStates {
			for _, second := range stepStates {
				steps := []string{first, second}
				for range len(steps) + 1 {
					next, i := decide(facts{state, steps})
					if next == rest && !state.Over() {
						t.Errorf("%s with %v rests", state, steps)
					}
					if next != do && next != undo {
						break
					}
					if next == undo && (steps[i] == stepWaiting || steps[i] == stepUndone) {
						t.Errorf("%s with %v takes back what is not there", state, steps)
					}
					steps[i] = map[move]string{do: stepDone, undo: stepUndone}[next]
				}
				if next, _ := decide(facts{state, steps}); next == do || next == undo {
					t.Errorf("%s from %s, %s goes on and on: %v", state, first, second, steps)
				}
			}
		}
	}
}

func TestReactionToASetback(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setback setback
		want    turn
	}{
		"first failure":                {setback{state: tenants.Going, attempts: 1}, again},
		"last but one":                 {setback{state: tenants.Going, attempts: doAttempts - 1}, again},
		"last":                         {setback{state: tenants.Going, attempts: doAttempts}, back},
		"hopeless":                     {setback{state: tenants.Going, attempts: 1, permanent: true}, back},
		"undo, first failure":          {setback{state: tenants.Undoing, attempts: 1}, again},
		"undo, hopeless":               {setback{state: tenants.Undoing, attempts: 1, permanent: true}, again},
		"undo, many failures":          {setback{state: tenants.Undoing, attempts: 1000}, again},
		"onward, many failures":        {setback{state: tenants.Going, attempts: 1000, onward: true}, again},
		"onward, hopeless":             {setback{state: tenants.Going, attempts: 1000, onward: true, permanent: true}, again},
		"onward, turned back by force": {setback{state: tenants.Undoing, attempts: 1000, onward: true}, again},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := react(test.setback); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
