package provisioner

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAdmissionMindsTenantKindAndCell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		crowd crowd
		waits string // empty: admitted
	}{
		"nothing goes on":                {crowd{kind: tenants.KindStart}, ""},
		"the tenant's last place":        {crowd{kind: tenants.KindStart, ofTenant: perTenant - 1, ofKind: perTenant - 1}, ""},
		"the tenant has its share":       {crowd{kind: tenants.KindStart, ofTenant: perTenant}, "2 operations of this tenant"},
		"the tenant began few lately":    {crowd{kind: tenants.KindStart, begun: beginMost - 1}, ""},
		"the tenant began many lately":   {crowd{kind: tenants.KindStart, begun: beginMost}, "5 operations of this tenant began within 5s"},
		"blanks have no pace":            {crowd{kind: tenants.KindPrepare, system: true, begun: 7}, ""},
		"the kind's last place":          {crowd{kind: tenants.KindStart, ofKind: perKind - 1}, ""},
		"the kind has its share":         {crowd{kind: tenants.KindStart, ofKind: perKind}, "32 operations of kind start are going on,"},
		"the cell's last place":          {crowd{kind: tenants.KindStart, inCell: perCell - 1}, ""},
		"the cell has its share":         {crowd{kind: tenants.KindStart, inCell: perCell}, "32 operations are going on in this cell"},
		"the kind's last in the cell":    {crowd{kind: tenants.KindStart, alike: perKindAndCell - 1}, ""},
		"the cell has enough of it":      {crowd{kind: tenants.KindStart, alike: perKindAndCell}, "16 operations of kind start are going on in this cell"},
		"cancelled before it began":      {crowd{kind: tenants.KindStart, unbegun: true, ofTenant: perTenant, begun: beginMost, ofKind: perKind, inCell: perCell}, ""},
		"blanks are no tenant's":         {crowd{kind: tenants.KindPrepare, system: true, ofTenant: 7, ofKind: 4, alike: 1}, ""},
		"blanks have a share of theirs":  {crowd{kind: tenants.KindPrepare, system: true, alike: 2}, "2 operations of kind prepare"},
		"a full tenant is what one says": {crowd{kind: tenants.KindStart, ofTenant: perTenant, ofKind: perKind}, "of this tenant"},
	} {
		c.crowd.most = (&Engine{scarce: perScarceKind}).mostOf(c.crowd.kind)
		yes, waits := admit(c.crowd)
		if yes != (c.waits == "") || !strings.Contains(waits, c.waits) {
			t.Errorf("%s: %v, %q", name, yes, waits)
		}
	}
}

// ofTenant makes a tenant own an operation.
func (r *rig) ofTenant(tenant uuid.UUID, operations ...uuid.UUID) {
	r.t.Helper()
	_, err := r.pool.Exec(r.t.Context(), "insert into tenants (id, name, plan, created_at) values ($1, 'T', 'free', now()) on conflict do nothing", tenant)
	r.must(err)
	_, err = r.pool.Exec(r.t.Context(), "update operations set tenant_id = $1 where id = any($2)", tenant, operations)
	r.must(err)
}

func (r *rig) requests(n int) (ids []uuid.UUID) {
	for range n {
		ids = append(ids, r.request())
	}
	return ids
}

func TestOneTenantsHangingOperationsLeaveTheOthersTheirPlaces(t *testing.T) {
	t.Parallel()
	r := setup(t)
	flood, other := r.requests(7), r.request()
	r.ofTenant(uuid.New(), flood...)
	r.ofTenant(uuid.New(), other)
	let, entered := make(chan struct{}), make(chan uuid.UUID, 8)
	r.when("do one", func(ctx context.Context, run *Run) error {
		if run.op.ID != other {
			entered <- run.op.ID
			<-let
		}
		return nil
	})
	e := r.engine("one", time.Minute)
	var working sync.WaitGroup
	for _, op := range flood {
		working.Go(func() { _ = e.Work(t.Context(), op) })
	}
	for range perTenant {
		<-entered
	}
	r.eventually("the rest says what it waits for", func() bool {
		waiting := 0
		for _, op := range flood {
			if strings.HasPrefix(r.operation(op).Message, "waiting: 2 operations of this tenant") {
				waiting++
			}
		}
		return waiting == len(flood)-perTenant
	})
	r.must(e.Work(t.Context(), other))
	if state := r.operation(other).State; state != tenants.Succeeded {
		t.Errorf("the other tenant's operation is %s", state)
	}
	if len(entered) != 0 {
		t.Error("the tenant got more than its share")
	}
	r.nudges = nil
	close(let)
	working.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	offered := map[uuid.UUID]bool{}
	for _, op := range r.nudges {
		offered[op] = r.operation(op).State == tenants.Queued
	}
	if len(offered) < perTenant {
		t.Errorf("%d places are free now, and only %v were offered one", perTenant, offered)
	}
}

func TestOffersComeFirstToWhoHasLeast(t *testing.T) {
	t.Parallel()
	r := setup(t)
	busy, idle := uuid.New(), uuid.New()
	first := r.requests(6)
	last := r.request()
	r.ofTenant(busy, first...)
	r.ofTenant(idle, last)
	r.set(first[0], "lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'")
	_, err := r.pool.Exec(t.Context(), "update operations set nudged_at = nudged_at - interval '1 hour'")
	r.must(err)
	r.nudges = nil
	e := r.engine("one", time.Minute)
	tx, err := r.pool.Begin(t.Context())
	r.must(err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	r.must(e.offer(t.Context(), tx, 1, time.Second, false))
	if !slices.Equal(r.nudges, []uuid.UUID{last}) {
		t.Errorf("offered first: %v, want the idle tenant's %s", r.nudges, last)
	}
	r.must(e.offer(t.Context(), tx, 64, time.Second, false))
	offered := r.nudges[1:]
	slices.SortFunc(offered, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	if !slices.Equal(offered, first[1:perTenant]) {
		t.Errorf("then offered: %v, want one of the busy tenant's, %v", offered, first[1:perTenant])
	}
}

func TestOffersPassOverTenantsThatBeganTooManyLately(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for range offerAfterOne {
		begun, next := r.requests(beginMost), r.request()
		r.ofTenant(uuid.New(), append(begun, next)...)
		for _, op := range begun {
			r.set(op, "state = 'succeeded', started_at = clock_timestamp(), finished_at = clock_timestamp()")
		}
	}
	last := r.request()
	r.ofTenant(uuid.New(), last)
	r.nudges = nil
	e := r.engine("one", time.Minute)
	r.must(pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return e.offer(t.Context(), tx, offerAfterOne, 0, false) }))
	if !slices.Equal(r.nudges, []uuid.UUID{last}) {
		t.Errorf("offered: %v, want only %s, as all others would be refused", r.nudges, last)
	}
}

func TestTwoWorkersDoNotTakeTheSameLastPlace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ops := r.requests(12)
	r.ofTenant(uuid.New(), ops...)
	var mu sync.Mutex
	claimed := 0
	var claiming sync.WaitGroup
	for i := range 3 {
		e := r.engine(string(rune('a'+i)), time.Minute)
		for _, op := range ops[i*4 : i*4+4] {
			claiming.Go(func() {
				_, ok, err := e.claim(t.Context(), op)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if ok {
					claimed++
				}
			})
		}
	}
	claiming.Wait()
	if claimed != perTenant {
		t.Errorf("%d operations of one tenant were admitted, want %d", claimed, perTenant)
	}
}

func TestATenantsOperationsBeginAtAPace(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("one", time.Minute)
	begun, next, other := r.requests(beginMost), r.request(), r.request()
	tenant := uuid.New()
	r.ofTenant(tenant, append(begun, next)...)
	r.ofTenant(uuid.New(), other)
	for _, op := range begun {
		r.set(op, "state = 'succeeded', started_at = clock_timestamp(), finished_at = clock_timestamp()")
	}
	claim := func(op uuid.UUID, want bool) {
		t.Helper()
		_, ok, err := e.claim(t.Context(), op)
		r.must(err)
		if ok != want {
			t.Errorf("claimed: %t, and %q is said", ok, r.operation(op).Message)
		}
	}
	claim(next, false)
	claim(other, true)
	r.set(next, "started_at = clock_timestamp() - interval '1 minute', state = 'running'") // one that began goes on
	claim(next, true)
	r.set(next, "started_at = null, state = 'queued', lease_until = null")
	r.set(begun[0], "started_at = clock_timestamp() - interval '1 minute'")
	claim(next, true)
}
