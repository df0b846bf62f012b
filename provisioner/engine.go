package provisioner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Engine works operations.
type Engine struct {
	pool  *pgxpool.Pool
	store *tenants.Store
	queue tenants.Nudger
	cells *Cells
	plans map[tenants.Kind]plan
	name  string
	lease time.Duration
	share Share
	apart *apart
	log   *slog.Logger

	rounds    *rounds.Rounds
	metrics   *metrics
	tracer    trace.Tracer
	forbidden string
	scarce    map[tenants.Kind]int

	certificates ed25519.PrivateKey
	archive      CertificateArchive
	backupsKept  time.Duration
}

// Config is what an engine needs.
type Config struct {
	Pool  *pgxpool.Pool
	Store *tenants.Store
	Queue tenants.Nudger
	Cells *Cells        // the cells that this worker can reach
	Name  string        // of this worker, unique among all that run
	Lease time.Duration // how long a worker that died keeps an operation
	Share Share         // what it works
	// Forbidden is the host:port of something that answers and that no workspace may connect to, for the canaries to try.
	Forbidden string
	// Certificates is the key that signs what was removed.
	Certificates ed25519.PrivateKey
	// Archive has what was signed before, for the comparison of a cell after a restore.
	Archive CertificateArchive
	// BackupsKept is how long the operator keeps backups of the control plane; 0: nobody said.
	BackupsKept time.Duration
	Log         *slog.Logger

	Rounds  *rounds.Rounds        // nil: nobody asks when they were done
	Metrics prometheus.Registerer // nil: nobody asks for figures
	Traces  trace.TracerProvider  // nil: spans go nowhere
}

// NewEngine returns an engine.
func NewEngine(c Config) *Engine {
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Rounds == nil {
		c.Rounds = rounds.New(nil)
	}
	if c.Traces == nil {
		c.Traces = noop.NewTracerProvider()
	}
	return &Engine{pool: c.Pool, store: c.Store, queue: c.Queue, cells: c.Cells, plans: plans, name: c.Name, lease: c.Lease, share: c.Share, apart: &apart{slow: map[spot]bool{}}, log: c.Log, rounds: c.Rounds,
		metrics: newMetrics(c.Metrics), tracer: c.Traces.Tracer("longhouse/provisioner"), forbidden: c.Forbidden, scarce: perScarceKind, certificates: c.Certificates, archive: c.Archive, backupsKept: c.BackupsKept}
}

// Work does of an operation what can be done now. It returns when the operation is over, has to wait, or belongs to
// another worker; an error only where not even that could be found out.
func (e *Engine) Work(ctx context.Context, operation uuid.UUID) error {
	if e.share == Suspects {
		return e.workApart(ctx, operation)
	}
	return e.work(ctx, operation)
}

func (e *Engine) work(ctx context.Context, operation uuid.UUID) error {
	l, ok, err := e.claim(ctx, operation)
	if err != nil || !ok {
		return err
	}
	log := e.log.With(l.about...).With("epoch", l.epoch)
	err = e.under(ctx, l, func(held context.Context) error { return e.advance(held, l, log) })
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, errLeaseLost):
		log.Warn("another worker has the operation now")
		return nil
	case err != nil && ctx.Err() == nil:
		log.Error("operation interrupted", "error", err)
		return e.interrupt(closing, l, err)
	default:
		return e.release(closing, l)
	}
}

// advance makes one move after the other. It returns nil when the operation is over or waits for a later attempt.
func (e *Engine) advance(ctx context.Context, l lease, log *slog.Logger) error {
	for {
		r, err := e.observe(ctx, l, log)
		if err != nil {
			return err
		}
		switch next, i := decide(r.facts()); next {
		case do, undo:
			waits, err := e.attempt(ctx, r, next, i)
			if err != nil || waits {
				return err
			}
		case succeed:
			err := e.end(ctx, r, tenants.Succeeded, "done")
			if !errors.Is(err, errCancelled) {
				return err
			}
		case giveUp:
			return e.end(ctx, r, tenants.Undone, r.epitaph())
		case rest:
			return nil
		}
	}
}

// end closes the operation together with what its end means for the domain.
func (e *Engine) end(ctx context.Context, r *Run, state tenants.Progress, message string) error {
	err := e.fenced(ctx, r.lease, func(tx pgx.Tx) error {
		n, err := dbsql.New(tx).EndOperation(ctx, dbsql.EndOperationParams{ID: r.op.ID, State: string(state), Message: message})
		if err != nil {
			return fmt.Errorf("end operation: %w", err)
		}
		if n == 0 {
			return errCancelled
		}
		// What follows it may be another operation on the same workspace, of which only one is open.
		if err := r.plan.finish(ctx, tx, r, state); err != nil {
			return err
		}
		if !r.dies(state) {
			return nil
		}
		return e.store.RecordDeath(ctx, tx, r.op, r.failed())
	})
	if err != nil {
		return err
	}
	e.metrics.over(r.op, state)
	r.log.Info("operation over", "kind", r.op.Kind, "state", state)
	if r.dies(state) {
		e.metrics.givenUp.WithLabelValues(string(r.op.Kind)).Inc()
		r.log.Error("operation gave up", "event", "operation.dead", "kind", r.op.Kind, "step", r.failed(), "failure", r.op.Failure)
	}
	return nil
}

// dies reports whether this end is one that nobody wanted.
func (r *Run) dies(end tenants.Progress) bool { return end == tenants.Undone && r.op.CancelledBy == "" }
