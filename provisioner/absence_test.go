package provisioner

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatIsStillThereIsNotCertified(t *testing.T) {
	t.Parallel()
	gone := things{"database": {"a"}, "bucket": {"b", "c"}}
	if left := found(gone, things{"database": {"x"}, "bucket": {"y"}, "role": {"a"}}); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if left := found(gone, things{"database": {"x", "a"}, "bucket": {"c"}}); !slices.Equal(left, []string{"bucket c", "database a"}) {
		t.Errorf("left: %q", left)
	}
}

// TestEveryKindOfThingIsLookedForAgain compares what a storage owes, what is noted, and what the schema allows.
func TestEveryKindOfThingIsLookedForAgain(t *testing.T) {
	t.Parallel()
	r := setup(t)
	kinds := slices.Sorted(maps.Keys(absences))
	var def string
	r.must(r.pool.QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = 'removals_kind_check'").Scan(&def))
	var allowed []string
	for _, m := range regexp.MustCompile(`'([^']*)'::text`).FindAllStringSubmatch(def, -1) {
		allowed = append(allowed, m[1])
	}
	slices.Sort(allowed)
	if !slices.Equal(kinds, allowed) {
		t.Errorf("the schema allows %v, and %v are noted", allowed, kinds)
	}
	var steps []string
	for _, step := range plans[tenants.KindDelete].steps {
		steps = append(steps, step.Name)
	}
	for kind := range owed([]dbsql.Storage{{}}, []dbsql.Instance{{ID: uuid.New()}}) {
		if !slices.Contains(kinds, kind) {
			t.Errorf("%s is owed, and not looked for", kind)
		}
	}
	for kind, a := range absences {
		if !slices.Contains(steps, a.step) || a.observed == "" {
			t.Errorf("%s is removed by %q, which is no step, or nothing is said of it", kind, a.step)
		}
	}
}

func TestLogsOutliveAWorkspaceForADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if a := agesInCell(now)[0]; a.Until == nil || !a.Until.Equal(now.Add(26*time.Hour)) {
		t.Errorf("%+v", a)
	}
}
