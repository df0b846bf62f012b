package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Cell is one unit of shared infrastructure. What terraform made of it stays inside.
type Cell struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Region    string    `json:"region"`
	Kind      string    `json:"kind" enum:"local,kubernetes,aws"`
	State     string    `json:"state" enum:"ready,draining,closed"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (s *Server) cells(ctx context.Context, _ *Nothing) (*ListOut[Cell], error) {
	list, err := s.store.Cells(ctx)
	if err != nil {
		return nil, err
	}
	return whole(list, func(c tenants.Cell) Cell {
		return Cell{ID: id.Show(id.Cell, c.ID), Name: c.Name, Region: c.Region, Kind: c.Kind, State: c.State, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	}), nil
}
