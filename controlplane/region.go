package controlplane

import (
	"context"

	"github.com/longhouse-dev/longhouse/tenants"
)

// Region is where data can be kept.
type Region struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *Server) regions(ctx context.Context, _ *Nothing) (*ListOut[Region], error) {
	list, err := s.store.Regions(ctx)
	if err != nil {
		return nil, err
	}
	return whole(list, func(r tenants.Region) Region { return Region{ID: r.ID, Name: r.Name} }), nil
}
