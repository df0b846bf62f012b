package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Counts are how much there is of what, over all tenants.
type Counts struct {
	Tenants    int
	Workspaces []WorkspaceCount
	Operations []OperationCount
	Stuck      map[Kind]int
	Blanks     map[string]int // by the cell's name
}

// WorkspaceCount is how many workspaces of one cell are in one state.
type WorkspaceCount struct {
	State State
	Cell  string // its name
	N     int
}

// OperationCount is how many operations of one kind are not over and in one state.
type OperationCount struct {
	Kind   Kind
	State  Progress
	N      int
	Oldest time.Duration // since the first of them was asked for
}

// Counts returns the counts of now.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	q := dbsql.New(s.pool)
	c := Counts{Blanks: map[string]int{}, Stuck: map[Kind]int{}}
	n, err := q.CountTenants(ctx)
	if err != nil {
		return c, fmt.Errorf("count tenants: %w", err)
	}
	c.Tenants = int(n)
	workspaces, err := q.CountAllWorkspaces(ctx)
	if err != nil {
		return c, fmt.Errorf("count workspaces: %w", err)
	}
	for _, w := range workspaces {
		c.Workspaces = append(c.Workspaces, WorkspaceCount{State: State(w.State), Cell: w.Cell, N: int(w.N)})
	}
	operations, err := q.CountOpenOperations(ctx)
	if err != nil {
		return c, fmt.Errorf("count operations: %w", err)
	}
	for _, o := range operations {
		c.Operations = append(c.Operations, OperationCount{Kind: Kind(o.Kind), State: Progress(o.State), N: int(o.N),
			Oldest: time.Duration(o.Oldest * float64(time.Second))})
	}
	stuck, err := q.CountStuck(ctx)
	if err != nil {
		return c, fmt.Errorf("count operations that are stuck: %w", err)
	}
	for _, o := range stuck {
		c.Stuck[Kind(o.Kind)] = int(o.N)
	}
	blanks, err := q.CountBlanks(ctx)
	if err != nil {
		return c, fmt.Errorf("count blanks: %w", err)
	}
	for _, b := range blanks {
		c.Blanks[b.Cell] = int(b.N)
	}
	return c, nil
}
