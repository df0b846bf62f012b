package provisioner

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
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

// TestAnInstanceIsCertifiedWithItsOwnEnd sees that what a stop removed long before is not said to be removed by the deletion.
func TestAnInstanceIsCertifiedWithItsOwnEnd(t *testing.T) {
	t.Parallel()
	r := setup(t)
	release, done := r.signUp(t.Context())
	ended, instance := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), uuid.New()
	_, err := r.pool.Exec(t.Context(), `insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at, removed_at)
		values ($1, $2, $3, $4, 300101, 1, 'removed', '', '', $5, $5)`, instance, done.Workspace.ID, r.cell, release, ended)
	r.must(err)
	run, finished := &Run{op: done.Operation}, ended.AddDate(0, 0, 7)
	for i, step := range []string{"route", "instance"} {
		_, err = r.pool.Exec(t.Context(), `insert into operation_steps (operation_id, number, name, state, finished_at) values ($1, $2, $3, 'done', $4)`,
			done.Operation.ID, i, step, finished)
		r.must(err)
	}
	r.must(run.noteAbsence(t.Context(), queries(r), things{"instance": {id.Show(id.Instance, instance)}, "route": {"it"}}))
	for kind, want := range map[string]time.Time{"instance": ended, "route": finished} {
		var removed time.Time
		r.must(r.pool.QueryRow(t.Context(), "select removed_at from removals where kind = $1", kind).Scan(&removed))
		if !removed.Equal(want) {
			t.Errorf("the %s is certified to be removed at %s, want %s", kind, removed, want)
		}
	}
}

// TestWhatOutlivesAWorkspaceIsNamed: each line has a date, or says what ends it.
func TestWhatOutlivesAWorkspaceIsNamed(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	day, requests := now.Add(26*time.Hour), now.Add(4*time.Hour)
	for kept, until := range map[time.Duration]*time.Time{0: nil, 30 * 24 * time.Hour: new(now.AddDate(0, 0, 30))} {
		want := map[string]*time.Time{"access log": &requests, "access folder of each edge": nil, "logs of its instances": &day, "desired.json of its instances": &day, "routes.journal of each edge": nil, "tls folder of each edge": nil,
			"logs of Longhouse's parts": nil, "write-ahead log and free blocks": nil, "replaced-<time> folders": nil, "backups of the control plane": until}
		for _, a := range (&Engine{backupsKept: kept}).ages(now) {
			date, named := want[a.What]
			if !named || (date == nil) != (a.Until == nil) || date != nil && !a.Until.Equal(*date) || a.Why == "" {
				t.Errorf("%+v, want %v", a, date)
			}
			delete(want, a.What)
		}
		if len(want) != 0 {
			t.Errorf("not named: %v", want)
		}
	}
}
