package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants"
)

// followEvery is how soon a worker knows of a new cell, and tries again to reach one that did not answer within reachWithin, or
// could not be prepared within prepareWithin.
const (
	followEvery   = 2 * time.Second
	reachWithin   = 10 * time.Second
	prepareWithin = time.Minute
)

// cells are those that this process reaches, as the domain lists them now.
type cells struct {
	control *control
	reached *provisioner.Cells
	// prepare has to succeed before anybody works in a cell that was opened; nil: nothing has to.
	prepare func(context.Context, *provisioner.Cell) error
	// tell writes down whether a cell was reached; nil: it is nobody's to know.
	tell func(ctx context.Context, cell uuid.UUID, failure error) error
	told *prometheus.GaugeVec

	mu   sync.Mutex
	open map[uuid.UUID]opened
	said map[uuid.UUID]error // why each can't be worked in; nil: it can
	all  []*provisioner.Cell // that were ever opened
}

// opened is the access to a cell.
type opened struct {
	with     string // what it was opened with
	cell     *provisioner.Cell
	prepared bool
}

func newCells(c *control) *cells {
	told := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "longhouse_worker_cell_reached",
		Help: "1 while this worker can work in a cell."}, []string{"cell"})
	c.metrics.MustRegister(told)
	return &cells{control: c, reached: provisioner.NewCells(), told: told, open: map[uuid.UUID]opened{}, said: map[uuid.UUID]error{}}
}

// close ends all connections. What a cell was opened with before stays open until here: operations may be at work with it.
func (c *cells) close() {
	for _, cell := range c.all {
		cell.Databases.Close()
	}
}

// follow keeps up with the domain until ctx ends. first is closed when it has looked once.
func (c *cells) follow(ctx context.Context, first chan<- struct{}) {
	c.control.rounds.Every(ctx, c.control.log, followEvery, "reach cells", func(ctx context.Context) error {
		_ = c.reach(ctx) // said in the log
		if first != nil {
			close(first)
			first = nil
		}
		return nil
	})
}

// reach opens and prepares what is new or has changed, looks whether the others still answer, and lets go of what is destroyed. A
// cell that can't be reached keeps no other from being worked in, and none waits for another. The error names all of those.
func (c *cells) reach(ctx context.Context) error {
	list, err := c.control.store.Cells(ctx)
	if err != nil {
		c.control.log.Error("the cells can't be listed", "error", err)
		return err
	}
	failed := make([]error, len(list))
	var together sync.WaitGroup
	for i, cell := range list {
		together.Go(func() { failed[i] = c.settle(ctx, cell) })
	}
	together.Wait()
	return errors.Join(failed...)
}

// settle has one cell worked in, or says why that can't be.
func (c *cells) settle(ctx context.Context, cell tenants.Cell) error {
	if cell.State == tenants.CellPlanned || cell.State == tenants.CellDestroyed {
		c.leave(cell)
		return nil
	}
	err := guard.Call(func() error { return c.enter(ctx, cell) })
	if ctx.Err() == nil && c.tell != nil {
		if untold := c.tell(ctx, cell.ID, contact(err)); untold != nil {
			c.control.log.Error("nobody else learns whether a cell is reached", "cell", cell.Name, "error", untold)
		}
	}
	if err != nil {
		err = fmt.Errorf("reach cell %s: %w", cell.Name, err)
	}
	if ctx.Err() == nil {
		c.note(cell, err)
	}
	return err
}

// contact is what a failure to work in a cell says of reaching it.
func contact(failure error) error {
	if errors.As(failure, new(provisioner.Uncompared)) {
		return nil
	}
	return failure
}

func (c *cells) enter(ctx context.Context, cell tenants.Cell) error {
	access, err := c.access(ctx, cell)
	if err != nil {
		if c.prepare != nil {
			err = errors.Join(err, c.control.store.NoteUnreconciled(ctx, cell.ID, "it can't be reached: "+err.Error(), 0))
		}
		return err
	}
	if access.prepared {
		within, cancel := context.WithTimeout(ctx, reachWithin)
		defer cancel()
		return access.cell.Reach(within)
	}
	if c.prepare != nil {
		within, cancel := context.WithTimeout(ctx, prepareWithin)
		defer cancel()
		if err := c.prepare(within, access.cell); err != nil {
			return err
		}
	}
	access.prepared = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[cell.ID] = access
	c.reached.Put(access.cell)
	return nil
}

// access opens a cell that is new or has changed.
func (c *cells) access(ctx context.Context, cell tenants.Cell) (opened, error) {
	with := string(cell.Outputs) + string(cell.Config)
	c.mu.Lock()
	known := c.open[cell.ID]
	c.mu.Unlock()
	if known.with == with {
		return known, nil
	}
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	access, err := c.control.cell(within, cell)
	if err != nil {
		return opened{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[cell.ID] = opened{with: with, cell: access}
	c.all = append(c.all, access)
	return c.open[cell.ID], nil
}

func (c *cells) leave(cell tenants.Cell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached.Drop(cell.ID)
	delete(c.open, cell.ID)
	delete(c.said, cell.ID)
	c.told.DeleteLabelValues(cell.Name)
}

// note says why a cell can't be worked in, once for each reason.
func (c *cells) note(cell tenants.Cell, failure error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.said[cell.ID]
	c.said[cell.ID] = failure
	c.told.WithLabelValues(cell.Name).Set(map[bool]float64{true: 1}[failure == nil])
	if failure != nil && (before == nil || before.Error() != failure.Error()) {
		c.control.log.Error("a cell can't be worked in", "cell", cell.Name, "error", failure)
	}
}

// ready returns an error where none of the cells can be worked in. One of several that can't is the figures' to tell: this
// worker does what it can.
func (c *cells) ready(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, failure := range c.said {
		if failure == nil {
			return nil
		}
	}
	return errors.New("no cell can be reached")
}
