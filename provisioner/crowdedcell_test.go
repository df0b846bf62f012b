package provisioner

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

// another is a second cell, which the engine reaches as well.
func (r *rig) another(e *Engine) uuid.UUID {
	r.t.Helper()
	cell, err := r.store.RegisterCell(r.t.Context(), tenants.Cell{Region: "home", Name: "other", Kind: "local", Outputs: json.RawMessage(`{}`)}, 400100)
	r.must(err)
	e.cells.Put(&Cell{ID: cell.ID, Databases: r.pool})
	return cell.ID
}

// each asks for operations of as many tenants in a cell.
func (r *rig) each(n int, cell uuid.UUID) []uuid.UUID {
	r.t.Helper()
	list := r.requests(n)
	for _, op := range list {
		r.ofTenant(uuid.New(), op)
		r.set(op, fmt.Sprintf("cell_id = '%s'", cell))
	}
	return list
}

// busy makes operations ones that some worker has in hand.
func (r *rig) busy(kind tenants.Kind, list ...uuid.UUID) {
	r.t.Helper()
	for _, op := range list {
		r.set(op, fmt.Sprintf("kind = '%s', state = 'running', lease_until = clock_timestamp() + interval '1 minute', lease_owner = 'somebody'", kind))
	}
}

func TestACellThatHangsLeavesTheOthersTheirPlaces(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("one", time.Minute)
	other := r.another(e)
	hanging, well := r.each(perKind+2, r.cell), r.each(3, other)
	let, entered := make(chan struct{}), make(chan struct{}, len(hanging))
	r.when("do one", func(_ context.Context, run *Run) error {
		if run.op.Cell == r.cell {
			entered <- struct{}{}
			<-let
		}
		return nil
	})
	var working sync.WaitGroup
	for _, op := range hanging {
		working.Go(func() { _ = e.Work(t.Context(), op) })
	}
	for range perKindAndCell {
		<-entered
	}
	r.eventually("the rest says what it waits for", func() bool {
		return !slices.ContainsFunc(hanging, func(op uuid.UUID) bool {
			got := r.operation(op)
			return got.LeaseUntil == nil && !strings.HasPrefix(got.Message, "waiting: 16 operations of kind prepare are going on in this cell")
		})
	})
	for _, op := range well {
		r.must(e.Work(t.Context(), op))
		if got := r.operation(op); got.State != tenants.Succeeded {
			t.Errorf("in the cell that is well, an operation is %s: %s", got.State, got.Message)
		}
	}
	if len(entered) != 0 {
		t.Error("the cell that hangs got more than its share")
	}
	close(let)
	working.Wait()
}

func TestOneCellDoesNotTakeAllPlacesByManyKinds(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("one", time.Minute)
	other := r.another(e)
	r.busy(tenants.KindStart, r.each(perCell/2, r.cell)...)
	r.busy(tenants.KindStop, r.each(perCell/2, r.cell)...)
	here, there := r.each(1, r.cell)[0], r.each(1, other)[0]
	for op, want := range map[uuid.UUID]bool{here: false, there: true} {
		if _, ok, err := e.claim(t.Context(), op); err != nil || ok != want {
			t.Errorf("admitted: %t, %v; it says %q", ok, err, r.operation(op).Message)
		}
	}
	if got := r.why(here); !strings.Contains(got, "32 operations are going on in this cell") {
		t.Errorf("why-stuck says %q", got)
	}
}

func TestOffersPassOverACellThatIsFull(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string][]tenants.Kind{"of a kind": {tenants.KindPrepare}, "at all": {tenants.KindStart, tenants.KindStop}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			e := r.engine("one", time.Minute)
			other := r.another(e)
			for _, kind := range busy {
				r.busy(kind, r.each(perKindAndCell, r.cell)...)
			}
			r.each(perKind+1, r.cell)
			last := r.each(1, other)
			r.nudges = nil
			r.must(pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return e.offer(t.Context(), tx, 64, 0, false) }))
			if !slices.Equal(r.nudges, last) {
				t.Errorf("offered: %v, want only %v", r.nudges, last)
			}
		})
	}
}
