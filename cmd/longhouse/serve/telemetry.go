package serve

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/maintenance"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants"
)

// roundsWithin is how old the last of a worker's essential rounds may be. They come every second or so.
const roundsWithin = time.Minute

// essential are the rounds of a worker without which what was asked for stays undone.
var essential = []string{maintenance.RoundSeal, maintenance.RoundSpread, maintenance.RoundDeliver, provisioner.RoundNudge}

// tell prepares what the roles tell of themselves. The function sends the last spans. What the database holds is told by the
// API alone: every other process would ask the same again.
func (c *control) tell(ctx context.Context, roles []Role) (flush func(), err error) {
	c.metrics = telemetry.NewRegistry()
	c.metrics.MustRegister(db.NewFigures(c.pool))
	service := "longhouse-worker"
	if slices.Contains(roles, API) {
		service = "longhouse-control"
		c.metrics.MustRegister(controlplane.NewGauges(c.store, c.log))
	}
	if slices.Contains(roles, Worker) {
		c.rounds = rounds.New(c.metrics)
	}
	c.cells = newCells(c)
	c.traces, flush, err = telemetry.Traces(ctx, c.settings.Traces, service, c.log)
	return flush, err
}

// checks are what has to hold for this process to do its work.
func (c *control) checks(roles []Role) []telemetry.Check {
	checks := []telemetry.Check{c.databaseReady}
	if slices.Contains(roles, Worker) {
		checks = append(checks, c.cells.ready, c.roundsDone)
	}
	return checks
}

// roundsDone has nothing to say of a worker that stands by.
func (c *control) roundsDone(context.Context) error {
	if c.waits.Load() {
		return nil
	}
	return c.rounds.Recent(roundsWithin, essential...)
}

func (c *control) databaseReady(ctx context.Context) error {
	err := db.Current(ctx, c.pool, tenants.Migrations())
	if err == nil {
		return nil
	}
	return errors.New(db.Unready(err))
}
