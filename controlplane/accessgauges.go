package controlplane

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	accessLag  = desc("longhouse_access_log_lag_seconds", "For how long the edge that is furthest behind has not handed its access log over.")
	accessLost = desc("longhouse_access_log_lost_lines", "Lines of the access log that edges have said to be lost, ever.")
	accessWait = desc("longhouse_access_log_waiting_bytes", "Bytes of the access log that edges have said to wait on their disks.")
)

func (g *Gauges) collectAccessLog(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	state, err := g.store.AccessLogState(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	gauge(accessLag, state.Lag.Seconds())
	gauge(accessLost, float64(state.Lost))
	gauge(accessWait, float64(state.Waits))
}
