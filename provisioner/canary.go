package provisioner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// target is what one canary has that the other tries to get at.
type target struct {
	Database string `json:"database"`
	Bucket   string `json:"bucket"`
	Socket   string `json:"socket"`
	File     string `json:"file"`
	Process  int    `json:"process"`
	Network  string `json:"network"`
}

// tryBorders lets the canaries of each cell try to get at each other, and writes down what they met. No cell waits for another.
func (e *Engine) tryBorders(ctx context.Context) error {
	missing := e.store.EnsureCanaries(ctx)
	list, err := dbsql.New(e.pool).ListCanaries(ctx, dbsql.ListCanariesParams{TenantID: tenants.CanaryTenant, Cells: e.reach()})
	if err != nil {
		return errors.Join(missing, fmt.Errorf("list canaries: %w", err))
	}
	cells := e.cells.all()
	failed := make([]error, len(cells))
	var together sync.WaitGroup
	for i, cell := range cells {
		of := slices.DeleteFunc(slices.Clone(list), func(c dbsql.ListCanariesRow) bool { return c.CellID != cell.ID })
		if len(of) < 2 { // not there yet, or being upgraded
			continue
		}
		together.Go(func() { failed[i] = guard.Call(func() error { return e.tryBordersOf(ctx, cell, of[0], of[1]) }) })
	}
	together.Wait()
	return errors.Join(missing, errors.Join(failed...))
}

func (e *Engine) tryBordersOf(ctx context.Context, cell *Cell, a, b dbsql.ListCanariesRow) error {
	var all []tried
	for _, pair := range [][2]dbsql.ListCanariesRow{{a, b}, {b, a}} {
		list, err := e.tryOn(ctx, cell, pair[0], pair[1])
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	news, err := e.store.NoteBorders(ctx, cell.ID, worst(all))
	for _, b := range news {
		switch b.Outcome {
		case tenants.Crossed:
			e.log.Error("a workspace got at another one", "event", "border.crossed", "cell", id.Show(id.Cell, cell.ID), "border", b.Name, "detail", b.Detail)
		default:
			e.log.Warn("what the canaries meet has changed", "event", "border."+string(b.Outcome), "cell", id.Show(id.Cell, cell.ID), "border", b.Name, "detail", b.Detail)
		}
	}
	return err
}

// tryOn has one canary try to get at the other.
func (e *Engine) tryOn(ctx context.Context, cell *Cell, canary, other dbsql.ListCanariesRow) (list []tried, err error) {
	is, err := cell.Workloads.Observe(ctx, id.Show(id.Instance, other.InstanceID))
	if err != nil {
		return nil, fmt.Errorf("look at a canary: %w", err)
	}
	workspace := id.Show(id.Workspace, canary.ID)
	client := adminClient{socket: canary.Admin, workspace: workspace, actor: tenants.System, signer: cell.Control}
	return client.borders(ctx, target{Database: other.DatabaseName, Bucket: other.FilesBucket,
		Socket: is.Socket, File: is.Folder, Process: is.PID, Network: e.forbidden})
}

// worst joins what several tries met at each border.
func worst(all []tried) (list []tenants.Border) {
	for _, name := range tenants.Borders {
		joined := tenants.Border{Name: name}
		for _, t := range all {
			if t.Border != name {
				continue
			}
			if joined.Outcome == "" || joined.Outcome.Worse(t.Outcome) != joined.Outcome {
				joined.Outcome, joined.Detail = t.Outcome, t.Detail
			}
		}
		if joined.Outcome != "" {
			list = append(list, joined)
		}
	}
	return list
}
