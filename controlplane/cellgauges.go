package controlplane

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/tenants"
)

func (g *Gauges) collectCells(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	loads, err := g.store.Loads(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
	}
	for _, l := range loads {
		if l.Cell.State == tenants.CellDestroyed {
			continue
		}
		compared := 1.0
		if l.Waits != "" {
			compared = 0
		}
		gauge(cellCompared, compared, l.Cell.Name)
		gauge(cellUnreached, l.Contact.Failing().Seconds(), l.Cell.Name)
		for _, a := range l.Amounts {
			if limit, known := a.Limit(); known && a.Used != nil {
				gauge(cellUsed, float64(*a.Used)/max(1, float64(limit)), l.Cell.Name, string(a.Dimension))
			}
		}
	}
}
