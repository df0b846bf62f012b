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

// TestAWakeWaitsForNothingElseThatItsTenantAskedFor: people wait for it.
func TestAWakeWaitsForNothingElseThatItsTenantAskedFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("one", time.Minute)
	e.plans[tenants.KindWake] = e.plans[tenants.KindPrepare]
	begun, wakes, other := r.requests(beginMost), r.requests(wakesPerTenant+1), r.request()
	tenant := uuid.New()
	r.ofTenant(tenant, append(append(begun, wakes...), other)...)
	for _, op := range begun {
		r.set(op, "started_at = clock_timestamp(), state = 'running', lease_owner = 'x', lease_until = clock_timestamp() + interval '1 minute'")
	}
	for _, op := range wakes {
		r.set(op, "kind = 'wake'")
	}
	r.nudges = nil
	r.must(pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return e.offer(t.Context(), tx, offerMost, 0, false) }))
	if len(r.nudges) != wakesPerTenant || slices.Contains(r.nudges, other) {
		t.Errorf("%d are offered, want %d wakes", len(r.nudges), wakesPerTenant)
	}
	for i, op := range wakes {
		_, ok, err := e.claim(t.Context(), op)
		r.must(err)
		if ok != (i < wakesPerTenant) {
			t.Errorf("the wake %d is claimed: %t, and %q is said", i, ok, r.operation(op).Message)
		}
		r.set(op, "started_at = clock_timestamp()")
	}
	for _, op := range begun {
		r.set(op, "state = 'succeeded', started_at = clock_timestamp() - interval '1 minute', finished_at = clock_timestamp(), lease_until = null")
	}
	if _, ok, err := e.claim(t.Context(), other); err != nil || !ok { // wakes take none of its places either
		t.Errorf("%v, and %q is said", err, r.operation(other).Message)
	}
	if !strings.HasPrefix(r.operation(wakes[wakesPerTenant]).Message, "waiting: 8 operations of this tenant") {
		t.Errorf("it says %q", r.operation(wakes[wakesPerTenant]).Message)
	}
}
