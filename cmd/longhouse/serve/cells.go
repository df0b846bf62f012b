package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

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

	mu      sync.Mutex
	as      map[uuid.UUID]string            // what each was opened with
	waiting map[uuid.UUID]*provisioner.Cell // opened, and not prepared
	said    map[uuid.UUID]string            // why each could not be worked in last
	opened  []*provisioner.Cell
}

func newCells(c *control) *cells {
	return &cells{control: c, reached: provisioner.NewCells(), as: map[uuid.UUID]string{}, waiting: map[uuid.UUID]*provisioner.Cell{}, said: map[uuid.UUID]string{}}
}

// close ends all connections. What a cell was opened with before stays open until here: operations may be at work with it.
func (c *cells) close() {
	for _, cell := range c.opened {
		cell.Databases.Close()
	}
}

// follow keeps up with the domain until ctx ends. first is closed when it has looked once.
func (c *cells) follow(ctx context.Context, first chan<- struct{}) {
	guard.Every(ctx, c.control.log, followEvery, "reach cells", func(ctx context.Context) error {
		_ = c.reach(ctx) // said in the log
		if first != nil {
			close(first)
			first = nil
		}
		return nil
	})
}

// reach opens and prepares what is new or has changed and lets go of what is destroyed. A cell that can't be reached keeps no
// other from being worked in, and none waits for another. The error names all of those.
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

// settle has one cell worked in, or says why that can't be, once for each reason.
func (c *cells) settle(ctx context.Context, cell tenants.Cell) error {
	err := guard.Call(func() error { return c.enter(ctx, cell) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.said, cell.ID)
		return nil
	}
	err = fmt.Errorf("reach cell %s: %w", cell.Name, err)
	if c.said[cell.ID] != err.Error() && ctx.Err() == nil {
		c.said[cell.ID] = err.Error()
		c.control.log.Error("a cell can't be worked in", "cell", cell.Name, "error", err)
	}
	return err
}

func (c *cells) enter(ctx context.Context, cell tenants.Cell) error {
	if cell.State == tenants.CellPlanned || cell.State == tenants.CellDestroyed {
		c.leave(cell.ID)
		return nil
	}
	access, err := c.open(ctx, cell)
	if err != nil && c.prepare != nil {
		err = errors.Join(err, c.control.store.NoteUnreconciled(ctx, cell.ID, "it can't be reached: "+err.Error(), 0))
	}
	if access == nil || err != nil {
		return err
	}
	if c.prepare != nil {
		within, cancel := context.WithTimeout(ctx, prepareWithin)
		defer cancel()
		if err := c.prepare(within, access); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, cell.ID)
	c.reached.Put(access)
	return nil
}

func (c *cells) leave(cell uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached.Drop(cell)
	delete(c.as, cell)
	delete(c.waiting, cell)
}

// open returns the access to a cell that waits to be prepared; nil where the cell is worked in as it is.
func (c *cells) open(ctx context.Context, cell tenants.Cell) (*provisioner.Cell, error) {
	with := string(cell.Outputs) + string(cell.Config)
	c.mu.Lock()
	same, access := c.as[cell.ID] == with, c.waiting[cell.ID]
	c.mu.Unlock()
	if same {
		return access, nil
	}
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	access, err := c.control.cell(within, cell)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.as[cell.ID], c.waiting[cell.ID] = with, access
	c.opened = append(c.opened, access)
	return access, nil
}
