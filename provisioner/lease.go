package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// errLeaseLost means that another worker acts on the operation now, and this one must not any more.
var errLeaseLost = errors.New("the lease on the operation was lost")

// lease is a worker's right to act on an operation. Its epoch is in every write, so that a worker that lost it and
// does not know yet changes nothing.
type lease struct {
	operation uuid.UUID
	epoch     int64
	about     []any         // for log lines
	cancelled chan struct{} // closed when the lease's renewal has seen that somebody cancelled the operation
}

// hold renews the lease until the returned function is called. The context that it returns ends when the lease can't
// be renewed in time, which is before another worker can take it.
func (e *Engine) hold(ctx context.Context, l lease) (context.Context, func()) {
	held, lose := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		e.renew(held, l, lose)
	}()
	return held, func() {
		lose(context.Canceled)
		<-over
	}
}

// under does work while the lease is renewed, and says of what the loss of the lease has cut off just that.
func (e *Engine) under(ctx context.Context, l lease, work func(held context.Context) error) error {
	held, done := e.hold(ctx, l)
	defer done()
	err := guard.Call(func() error { return work(held) })
	if cause := context.Cause(held); err != nil && cause != nil {
		return cause
	}
	return err
}

func (e *Engine) renew(ctx context.Context, l lease, lose context.CancelCauseFunc) {
	tick := time.NewTicker(e.lease / 4)
	defer tick.Stop()
	renewed, told := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before := time.Now()
		within, cancel := context.WithDeadline(ctx, renewed.Add(e.lease))
		cancelled, err := dbsql.New(e.pool).RenewLease(within, dbsql.RenewLeaseParams{ID: l.operation, Epoch: l.epoch, Seconds: e.lease.Seconds()})
		cancel()
		if err == nil && cancelled && !told {
			told = true
			close(l.cancelled)
		}
		switch {
		case err == nil:
			renewed = before
		case errors.Is(err, pgx.ErrNoRows), time.Since(renewed) >= e.lease*3/4:
			lose(errLeaseLost)
			return
		}
	}
}

// release gives the lease back before its time, so that another worker need not wait for it to run out, and the place
// to those who wait for one.
func (e *Engine) release(ctx context.Context, l lease) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		err := dbsql.New(tx).ReleaseLease(ctx, dbsql.ReleaseLeaseParams{ID: l.operation, Epoch: l.epoch})
		if err != nil {
			return fmt.Errorf("release operation %s: %w", l.operation, err)
		}
		if err := e.passOn(ctx, tx, l.operation); err != nil {
			return err
		}
		return e.offer(ctx, tx, offerAfterOne, 0, false)
	})
}

// interrupt gives the lease back after something failed outside of a step, where nobody counts attempts. Without a pause of
// its own the operation would be taken up again at once, for ever.
func (e *Engine) interrupt(ctx context.Context, l lease, failure error) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		times, err := q.CountInterruption(ctx, dbsql.CountInterruptionParams{ID: l.operation, Epoch: l.epoch, Failure: e.failure(failure.Error())})
		if errors.Is(err, pgx.ErrNoRows) { // it is over, or another's
			return nil
		}
		if err != nil {
			return fmt.Errorf("count an interruption of operation %s: %w", l.operation, err)
		}
		wait := pause.After(int(times))
		err = q.ReleaseInterrupted(ctx, dbsql.ReleaseInterruptedParams{ID: l.operation, Seconds: wait.Seconds(),
			Message: fmt.Sprintf("interrupted between two steps, attempt %d; the next one is in %s", times, wait.Round(100*time.Millisecond))})
		if err != nil {
			return fmt.Errorf("release operation %s: %w", l.operation, err)
		}
		return e.offer(ctx, tx, offerAfterOne, 0, false)
	})
}

// fenced runs change in a transaction that holds the operation's row and its epoch: when it commits, nobody else had
// the lease.
func (e *Engine) fenced(ctx context.Context, l lease, change func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		_, err := dbsql.New(tx).FenceOperation(ctx, dbsql.FenceOperationParams{ID: l.operation, Epoch: l.epoch})
		if errors.Is(err, pgx.ErrNoRows) {
			return errLeaseLost
		}
		if err != nil {
			return fmt.Errorf("fence operation %s: %w", l.operation, err)
		}
		return change(tx)
	})
}
