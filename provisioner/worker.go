package provisioner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// sweepEvery is how often the engine looks for operations that nobody works on.
const sweepEvery = time.Second

// stuckEvery is how often it looks for operations that don't get on.
const stuckEvery = 30 * time.Second

// RoundNudge is the round in which operations that nobody works on are offered to workers.
const RoundNudge = "nudge"

// Look runs the engine's own rounds until ctx ends: freeing and nudging operations whose worker died, and keeping blanks at hand.
func (e *Engine) Look(ctx context.Context, blanks int, canaries time.Duration) {
	var going sync.WaitGroup
	every := func(pause time.Duration, name string, round func(context.Context) error) {
		going.Go(func() { e.rounds.Every(ctx, e.log, pause, name, round) })
	}
	every(sweepEvery, RoundNudge, e.sweep)
	every(mendEvery, "mend the clock", e.clock())
	every(sweepEvery, "keep blanks", func(ctx context.Context) error { return e.keepBlanks(ctx, blanks) })
	if canaries > 0 {
		every(canaries, "try borders", e.tryBorders)
	}
	every(measureEvery, "measure cells", e.measureCells)
	every(conditionsEvery, "note how instances are", e.noteConditions)
	every(stuckEvery, "look for what is stuck", e.tellStuck)
	going.Wait()
}

// nudgeDue enqueues operations that are due, that nobody has and that have a place: after a worker died, a pause ended or
// a nudge was lost.
func (e *Engine) nudgeDue(ctx context.Context) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error { return e.offer(ctx, tx, offerMost, sweepEvery, false) })
}

// tellStuck says once of each operation that does not get on that it doesn't.
func (e *Engine) tellStuck(ctx context.Context) error {
	list, err := e.store.MarkStuck(ctx)
	for _, op := range list {
		e.log.With(about(op)...).Error("operation is stuck", "event", "operation.stuck", "kind", op.Kind,
			"step", op.Step, "attempts", op.Attempts, "since", op.CreatedAt)
	}
	return err
}

// kinds are what this version can do.
func (e *Engine) kinds() (list []string) {
	for kind := range e.plans {
		list = append(list, string(kind))
	}
	return list
}

// reach are the cells that this worker can fill.
func (e *Engine) reach() []uuid.UUID { return e.cells.ids() }

// keepBlanks asks for as many blanks as are missing in each cell, one operation each.
func (e *Engine) keepBlanks(ctx context.Context, wanted int) error {
	for _, cell := range e.reach() {
		if err := e.keepBlanksOf(ctx, cell, wanted); err != nil {
			return fmt.Errorf("cell %s: %w", id.Show(id.Cell, cell), err)
		}
	}
	return nil
}

func (e *Engine) keepBlanksOf(ctx context.Context, cell uuid.UUID, wanted int) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		release, err := q.NewestRelease(ctx)
		if err != nil {
			return unlessGone(err)
		}
		// The cell's row is locked so that two workers don't both make what is missing.
		if _, err := q.LockCell(ctx, cell); err != nil {
			return fmt.Errorf("lock the cell: %w", err)
		}
		if err := e.discardBlanks(ctx, tx, cell); err != nil {
			return err
		}
		there, err := q.CountBlanks(ctx, dbsql.CountBlanksParams{CellID: cell, ReleaseID: release.ID})
		if err != nil {
			return fmt.Errorf("count blanks: %w", err)
		}
		if int(there) >= wanted {
			return nil
		}
		missing, err := e.store.RoomForBlanks(ctx, tx, cell, wanted-int(there))
		if err != nil {
			return err
		}
		for range missing {
			_, err := e.store.Request(ctx, tx, tenants.Request{Args: tenants.PrepareArgs{Release: release.ID}, Cell: cell,
				By: tenants.System, Reason: "to have a blank at hand"})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
