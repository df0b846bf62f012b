package provisioner

import (
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
