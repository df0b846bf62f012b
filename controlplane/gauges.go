package controlplane

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/tenants"
)

// Gauges are the figures that are read from the database when somebody asks for them. No label names a workspace.
type Gauges struct {
	store *tenants.Store
	log   *slog.Logger
}

// NewGauges returns the figures of what a store holds.
func NewGauges(store *tenants.Store, log *slog.Logger) *Gauges {
	return &Gauges{store: store, log: log}
}

// scrapeWithin is less than Prometheus' own limit of 10 s, so that the other figures still arrive.
const scrapeWithin = 5 * time.Second

var (
	reachable      = desc("longhouse_database_up", "1 when the control plane's database answered this scrape.")
	tenantCount    = desc("longhouse_tenants", "Tenants.")
	workspaceCount = desc("longhouse_workspaces", "Workspaces by state and cell.", "state", "cell")
	operationCount = desc("longhouse_operations_open", "Operations that are not over, by kind and state.", "kind", "state")
	operationAge   = desc("longhouse_operations_oldest_seconds", "Age of the oldest operation that is not over, by kind and state.", "kind", "state")
	stuckCount     = desc("longhouse_operations_stuck", "Operations that are not over and do not get on, by kind.", "kind")
	blankCount     = desc("longhouse_blanks", "Blanks at hand, by cell.", "cell")
	cellUsed       = desc("longhouse_cell_used_ratio", "Share that is used of what a cell has, by dimension, where both are known.", "cell", "dimension")
	cellCompared   = desc("longhouse_cell_compared", "1 unless the cell was not compared with the control plane's database yet, as after a restore: nobody works in it.", "cell")
	cellUnreached  = desc("longhouse_cell_unreached_seconds", "For how long workers have tried in vain to reach a cell; 0 while one reaches it.", "cell")
	borderOutcome  = desc("longhouse_border_outcome", "1 for what the canaries met last at a border: held, crossed or unclear.", "cell", "border", "outcome")
	borderTried    = desc("longhouse_border_tried_timestamp_seconds", "When the canaries last tried a border.", "cell", "border")
	auditUnsealed  = desc("longhouse_audit_unsealed_events", "Events of the audit trail that have no place in their chain yet.")
	auditArchive   = desc("longhouse_audit_unarchived_checkpoints", "Checkpoints of the audit trail, and notes of restores, that the archive does not have.")
	auditAt        = desc("longhouse_audit_checkpoint_timestamp_seconds", "When the audit trail's last checkpoint was signed; 0 is never.")
	backupAt       = desc("longhouse_backup_timestamp_seconds", "When the control plane was last backed up; 0 is never.")
	deliveriesDue  = desc("longhouse_webhook_deliveries_due", "Messages to webhooks that could go out now; not those that wait for a receiver that failed.")
	unwritten      = desc("longhouse_webhook_unwritten_events", "Sealed events that couriers have not looked through yet, for each webhook that may want them.")
	courierWait    = desc("longhouse_webhook_courier_wait_seconds", "For how long the webhook or event that waits longest has waited for a courier.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (g *Gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{reachable, tenantCount, workspaceCount, operationCount, operationAge, stuckCount, blankCount, cellUsed, cellCompared, cellUnreached, borderOutcome, borderTried, auditUnsealed, auditArchive, auditAt, backupAt, deliveriesDue, unwritten, courierWait, clockDoubt, removalsHeld, edgeCount, usesKnown, accessLag, accessLost, accessWait, backupWaited, backupLate, backupShrunk, backupFailed, backupMade, backupAdded, backupTook} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *Gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counts, err := g.store.Counts(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		gauge(reachable, 0)
		return
	}
	gauge(reachable, 1)
	gauge(tenantCount, float64(counts.Tenants))
	for _, w := range counts.Workspaces {
		gauge(workspaceCount, float64(w.N), string(w.State), w.Cell)
	}
	for _, o := range withNone(counts.Operations) {
		gauge(operationCount, float64(o.N), string(o.Kind), string(o.State))
		gauge(operationAge, o.Oldest.Seconds(), string(o.Kind), string(o.State))
	}
	for _, kind := range tenants.Kinds {
		gauge(stuckCount, float64(counts.Stuck[kind]), string(kind))
	}
	g.collectBorders(ctx, gauge)
	g.collectCells(ctx, gauge)
	g.collectAudit(ctx, gauge)
	g.collectBackup(ctx, gauge)
	g.collectWebhooks(ctx, gauge)
	g.collectClock(ctx, gauge)
	g.collectEdges(ctx, gauge)
	g.collectAccessLog(ctx, gauge)
	for cell, n := range counts.Blanks {
		gauge(blankCount, float64(n), cell)
	}
	g.collectWorkspaceBackups(ctx, gauge) // last, as it reads most
}

func (g *Gauges) collectBorders(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	borders, err := g.store.Borders(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
	}
	for _, b := range borders {
		for _, outcome := range tenants.Outcomes {
			is := 0.0
			if b.Outcome == outcome {
				is = 1
			}
			gauge(borderOutcome, is, b.Cell, b.Name, string(outcome))
		}
		gauge(borderTried, float64(b.TriedAt.UnixMilli())/1000, b.Cell, b.Name)
	}
}

func (g *Gauges) collectAudit(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	a, err := g.store.AuditState(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	gauge(auditUnsealed, float64(a.Unsealed))
	gauge(auditArchive, float64(a.Unarchived))
	at := 0.0
	if a.LastAt != nil {
		at = float64(a.LastAt.Unix())
	}
	gauge(auditAt, at)
}

func (g *Gauges) collectBackup(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	last, err := g.store.LastBackup(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	at := 0.0
	if !last.IsZero() {
		at = float64(last.Unix())
	}
	gauge(backupAt, at)
}

func (g *Gauges) collectWebhooks(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	backlog, err := g.store.WebhookBacklog(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	gauge(deliveriesDue, float64(backlog.Due))
	gauge(unwritten, float64(backlog.Unwritten))
	gauge(courierWait, backlog.Waiting.Seconds())
}

// withNone adds the kinds and states that there is no operation of: a figure that comes and goes can't be asked for its
// change.
func withNone(counts []tenants.OperationCount) []tenants.OperationCount {
	for _, kind := range tenants.Kinds {
		for _, state := range tenants.ProgressStates {
			same := func(c tenants.OperationCount) bool { return c.Kind == kind && c.State == state }
			if !state.Over() && !slices.ContainsFunc(counts, same) {
				counts = append(counts, tenants.OperationCount{Kind: kind, State: state})
			}
		}
	}
	return counts
}
