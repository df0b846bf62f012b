package provisioner

import (
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// Cells are the cells that a worker reaches. They come and go while it works.
type Cells struct {
	mu   sync.RWMutex
	byID map[uuid.UUID]*Cell
}

// NewCells returns these.
func NewCells(list ...*Cell) *Cells {
	c := &Cells{byID: map[uuid.UUID]*Cell{}}
	for _, cell := range list {
		c.Put(cell)
	}
	return c
}

// Put adds a cell, or replaces what was known of it. What goes on in it goes on with what it began with.
func (c *Cells) Put(cell *Cell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[cell.ID] = cell
}

// Drop takes a cell away.
func (c *Cells) Drop(cell uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, cell)
}

func (c *Cells) get(cell uuid.UUID) (*Cell, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found, ok := c.byID[cell]
	return found, ok
}

// all are those of this moment.
func (c *Cells) all() []*Cell {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Values(c.byID))
}

func (c *Cells) ids() []uuid.UUID {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Keys(c.byID))
}
