package tenants

import (
	"context"
	"fmt"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Region is where cells stand, as customers choose it.
type Region struct {
	ID   string
	Name string
}

// Regions lists the regions that have a cell that was applied, in the order of their ids. There are few, as each is an operator's decision.
func (s *Store) Regions(ctx context.Context) ([]Region, error) {
	rows, err := dbsql.New(s.pool).ListRegions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	list := make([]Region, 0, len(rows))
	for _, r := range rows {
		list = append(list, Region{ID: r.ID, Name: r.Name})
	}
	return list, nil
}
