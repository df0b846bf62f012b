package provisioner

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TestATenantsBackupsKeepNothingElseOfItWaiting however many there are of them, and however many began lately.
func TestATenantsBackupsKeepNothingElseOfItWaiting(t *testing.T) {
	t.Parallel()
	r := setup(t)
	tenant := uuid.New()
	backups, stop := r.requests(asidesPerTenant+2), r.request()
	ended := r.requests(beginMost)
	r.ofTenant(tenant, append(slices.Concat(backups, ended), stop)...)
	for _, op := range slices.Concat(backups, ended) {
		r.set(op, "part = 'backups'")
	}
	for _, op := range ended {
		r.set(op, "state = 'succeeded', started_at = clock_timestamp(), finished_at = clock_timestamp()")
	}
	for _, op := range backups[:asidesPerTenant] {
		r.set(op, "state = 'running', started_at = clock_timestamp(), lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	}
	r.nudges = nil
	e := r.engine("one", time.Minute)
	r.must(pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return e.offer(t.Context(), tx, 64, 0, false) }))
	if !slices.Equal(r.nudges, []uuid.UUID{stop}) {
		t.Errorf("offered are %v instead of %s", r.nudges, stop)
	}
	r.must(e.Work(t.Context(), backups[asidesPerTenant]))
	if op := r.operation(backups[asidesPerTenant]); op.State != tenants.Queued || !strings.HasPrefix(op.Message, "waiting: 2 operations of this tenant are going on") {
		t.Errorf("%+v", op)
	}
	r.must(e.Work(t.Context(), stop))
	if op := r.operation(stop); op.State != tenants.Succeeded {
		t.Errorf("%+v", op)
	}
}

// TestWhatIsTakenBackOfABackupNeedsNoPlace as a deletion waits for it.
func TestWhatIsTakenBackOfABackupNeedsNoPlace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ops := r.requests(asidesPerTenant + 1)
	r.ofTenant(uuid.New(), ops...)
	for _, op := range ops {
		r.set(op, "part = 'backups', state = 'running', started_at = clock_timestamp(), lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	}
	last := ops[asidesPerTenant]
	r.set(last, "state = 'undoing', lease_until = null, lease_owner = null, cancelled_by = 'system'")
	r.nudges = nil
	e := r.engine("one", time.Minute)
	r.must(pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return e.offer(t.Context(), tx, 64, 0, false) }))
	if !slices.Equal(r.nudges, []uuid.UUID{last}) {
		t.Errorf("offered are %v instead of %s", r.nudges, last)
	}
	r.must(e.Work(t.Context(), last))
	if op := r.operation(last); op.State != tenants.Undone {
		t.Errorf("%+v", op)
	}
}

// TestASuspectBackupHasNothingElseOfItsTenantWait as it may take hours.
func TestASuspectBackupHasNothingElseOfItsTenantWait(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, dead := names(t)
	backup, stop := r.request(), r.request()
	r.ofTenant(uuid.New(), backup, stop)
	r.set(backup, "part = 'backups'")
	r.die(backup, dead, 1)
	r.set(stop, "nudged_at = clock_timestamp() - interval '1 hour'")
	sound := r.sharing(Sound)
	r.passed()
	r.must(sound.sweep(t.Context()))
	if suspects, others := r.passed(); !slices.Equal(suspects, []uuid.UUID{backup}) || !slices.Equal(others, []uuid.UUID{stop}) {
		t.Errorf("nudged are %v as suspects, and %v", suspects, others)
	}
	r.must(sound.Work(t.Context(), stop))
	if op := r.operation(stop); op.State != tenants.Succeeded {
		t.Errorf("%+v", op)
	}
}

func TestBackupsInLineMakeNoneOfTheOthersLater(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.history(4)
	now := time.Now().UTC().Add(time.Second)
	backups, stop := r.requests(6), r.request()
	r.ofTenant(uuid.New(), append(slices.Clone(backups), stop)...)
	for _, op := range backups {
		r.set(op, "part = 'backups'")
	}
	if got := r.estimate(r.operation(stop), now); got.At.Sub(now) != 4*time.Second {
		t.Errorf("in %s", got.At.Sub(now))
	}
}

// TestTakingBackMayNotTakeAsLongAsDoing where that may take hours.
func TestTakingBackMayNotTakeAsLongAsDoing(t *testing.T) {
	t.Parallel()
	for state, want := range map[tenants.Progress]time.Duration{tenants.Going: backupLimit, tenants.Undoing: stepLimit} {
		r := &Run{plan: plans[tenants.KindBackup], op: tenants.Operation{State: state}}
		err := limited(t.Context(), r, func(ctx context.Context, _ *Run) error {
			if end, _ := ctx.Deadline(); time.Until(end) > want || time.Until(end) < want-time.Minute {
				t.Errorf("%s may take %s, not %s", state, time.Until(end), want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
