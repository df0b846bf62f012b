package provisioner

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestEveryKindOfOperationHasAPlan(t *testing.T) {
	t.Parallel()
	if got, want := slices.Sorted(maps.Keys(plans)), slices.Sorted(slices.Values(tenants.Kinds)); !slices.Equal(got, want) {
		t.Errorf("plans for %v, want %v", got, want)
	}
	for kind, p := range plans {
		if len(p.steps) == 0 || p.finish == nil {
			t.Errorf("%s has %d steps, and an end: %t", kind, len(p.steps), p.finish != nil)
		}
	}
}

func TestStepsCanBeToldApart(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z-]+$`)
	for kind, p := range plans {
		seen := map[string]bool{}
		for _, step := range slices.Concat(p.steps, p.former) {
			if !form.MatchString(step.Name) || seen[step.Name] || step.Do == nil {
				t.Errorf("%s: a step named %q, named like another: %t, with nothing to do: %t", kind, step.Name, seen[step.Name], step.Do == nil)
			}
			seen[step.Name] = true
		}
	}
}

func TestWhatIsNeverTakenBackHasNoUndo(t *testing.T) {
	t.Parallel()
	for kind, p := range plans {
		for _, step := range slices.Concat(p.steps, p.former) {
			if p.onward && step.Undo != nil {
				t.Errorf("%s goes only onward, and %s has an undo that nothing calls", kind, step.Name)
			}
		}
	}
	if !plans[tenants.KindDelete].onward {
		t.Error("a deletion can be taken back, but what is deleted can't be made again")
	}
}
