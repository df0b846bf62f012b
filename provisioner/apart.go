package provisioner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// slowAfter is how long a suspect goes on alone: what kills a worker mostly does so at once.
const slowAfter = 3 * time.Second

// apart is for a worker of suspects, which does one after the other, as it may die of each. One that turns out to be slow goes on beside
// those that follow, or a cell that hangs would keep those of all cells waiting; of its own cell none follows.
type apart struct {
	going sync.WaitGroup
	mu    sync.Mutex
	slow  map[spot]bool
}

// spot is where what is slow keeps others waiting: a cell, or what goes on in it with parts of workspaces, which is slow by its nature.
type spot struct {
	cell  uuid.UUID
	aside bool
}

// do works something in a cell, and returns when that is over, or slow. Where something slow goes on in the cell it does nothing: this one
// has to come again.
func (a *apart) do(at spot, work func()) {
	if a.isSlow(at) {
		return
	}
	over := make(chan struct{})
	a.going.Go(func() {
		work()
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.slow, at)
		close(over)
	})
	select {
	case <-over:
	case <-time.After(slowAfter):
		a.mu.Lock()
		defer a.mu.Unlock()
		select {
		case <-over: // in this moment
		default:
			a.slow[at] = true
		}
	}
}

func (a *apart) isSlow(at spot) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.slow[at]
}

// workApart works a suspect.
func (e *Engine) workApart(ctx context.Context, operation uuid.UUID) error {
	at, err := dbsql.New(e.pool).CellOfOperation(ctx, operation)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look in which cell operation %s is: %w", operation, err)
	}
	e.apart.do(spot{at.CellID, at.Aside}, func() {
		if err := guard.Call(func() error { return e.work(ctx, operation) }); err != nil {
			e.log.Error("nudge failed", "operation", id.Show(id.Operation, operation), "error", err)
		}
	})
	return nil
}

// Settle waits for what goes on though nobody waits for it.
func (e *Engine) Settle() { e.apart.going.Wait() }
