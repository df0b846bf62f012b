package db

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// Figures are those of the connections of one process to the control plane's database.
type Figures struct{ pool *pgxpool.Pool }

// NewFigures returns the figures of a pool.
func NewFigures(pool *pgxpool.Pool) Figures { return Figures{pool} }

var (
	connections = prometheus.NewDesc("longhouse_database_connections", "Connections to the control plane's database, by what they do.", []string{"state"}, nil)
	waits       = prometheus.NewDesc("longhouse_database_connection_waits_total", "Times that somebody waited for a connection to the control plane's database.", nil, nil)
)

// Describe implements prometheus.Collector.
func (Figures) Describe(ch chan<- *prometheus.Desc) {
	ch <- connections
	ch <- waits
}

// Collect implements prometheus.Collector.
func (f Figures) Collect(ch chan<- prometheus.Metric) {
	stat := f.pool.Stat()
	for state, n := range map[string]int32{"used": stat.AcquiredConns(), "idle": stat.IdleConns(), "most": stat.MaxConns()} {
		ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
}
