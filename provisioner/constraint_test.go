package provisioner

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestStatesAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(plans)) {
		kinds = append(kinds, string(kind))
	}
	for constraint, want := range map[string][]string{
		"operation_steps_state_check": stepStates,
		"storages_state_check":        storageStates,
		"operations_kind_check":       kinds,
	} {
		var definition string
		r.must(r.pool.QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = $1", constraint).Scan(&definition))
		var got []string
		for _, match := range regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(definition, -1) {
			got = append(got, match[1])
		}
		slices.Sort(got)
		if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s allows %q, want %q", constraint, got, want)
		}
	}
}

func TestOperationsAreInTheStatesThatTheEngineLooksFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", 0)
	for _, state := range tenants.ProgressStates {
		op := r.request()
		r.set(op, "state = '"+string(state)+"', finished_at = case when '"+string(state)+"' in ('succeeded', 'undone') then now() end")
		if _, claimed, err := e.claim(t.Context(), op); err != nil || claimed == state.Over() {
			t.Errorf("an operation that is %s is claimed: %t, %v", state, claimed, err)
		}
	}
}
