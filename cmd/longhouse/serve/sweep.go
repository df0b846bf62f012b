package serve

import (
	"context"
	"errors"
	"log/slog"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
)

// Sweep compares every cell with the domain and returns the differences. The error names the cells that can't be reached; what
// was found in the others is returned beside it.
func Sweep(ctx context.Context, layout datadir.Layout, log *slog.Logger) ([]provisioner.Orphan, error) {
	settings, err := layout.ReadSettings()
	if err != nil {
		return nil, err
	}
	layout.UIDBase = settings.UIDBase
	c, err := openControl(ctx, layout, settings, connectionsOfOne, log)
	if err != nil {
		return nil, err
	}
	defer c.pool.Close()
	flush, err := c.tell(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer flush()
	defer c.cells.close()
	unreached := c.cells.reach(ctx)
	found, err := c.engine().Sweep(ctx)
	return found, errors.Join(unreached, err)
}
