package provisioner

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// certificateKey signs what was removed.
var certificateKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))

// noCertificates is an archive in which nobody looks for any.
type noCertificates struct{}

// Certificate implements CertificateArchive.
func (noCertificates) Certificate(context.Context, uuid.UUID) (string, error) { return "", nil }

// rig is a database of the control plane with one cell, and a plan of three steps that only write down what they do.
type rig struct {
	t     *testing.T
	dsn   string
	pool  *pgxpool.Pool
	store *tenants.Store
	cell  uuid.UUID

	mu       sync.Mutex
	journal  []string        // what steps have done, in order
	nudges   []uuid.UUID     // what was enqueued
	suspects []uuid.UUID     // what was enqueued for those who do suspects
	then     map[string]call // by "do one", "undo two": what else a step does
	onward   bool
}

type call = func(ctx context.Context, r *Run) error

var errBadLuck = errors.New("bad luck")

func setup(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, then: map[string]call{}}
	r.dsn = testdb.FromTemplate(t, "control", func(ctx context.Context, dsn string) error {
		pool, err := db.Open(ctx, dsn, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return tenants.Migrate(ctx, pool)
	})
	r.pool = r.open()
	r.store = tenants.NewStore(r.pool, r, "longhouse.test")
	cell, err := r.store.RegisterCell(t.Context(), tenants.Cell{Region: "home", Name: "local", Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
	r.must(err)
	r.cell = cell.ID
	return r
}

func (r *rig) open() *pgxpool.Pool {
	r.t.Helper()
	pool, err := db.Open(r.t.Context(), r.dsn, 6)
	r.must(err)
	r.t.Cleanup(pool.Close)
	return pool
}

// engine is a worker of its own, with connections of its own.
func (r *rig) engine(name string, lease time.Duration) *Engine {
	r.t.Helper()
	e := NewEngine(Config{Pool: r.open(), Store: r.store, Queue: r, Cells: NewCells(&Cell{ID: r.cell, Databases: r.pool}), Name: name,
		Lease: lease, Certificates: certificateKey, Archive: noCertificates{}, Log: slog.New(slog.DiscardHandler)})
	e.scarce = nil // the plan below stands for any kind
	step := func(name string) Step { return Step{name, r.doing("do " + name), r.doing("undo " + name)} }
	e.plans = map[tenants.Kind]plan{tenants.KindPrepare: {
		steps: []Step{step("one"), step("two"), step("three")}, onward: r.onward,
		finish: func(_ context.Context, _ pgx.Tx, _ *Run, end tenants.Progress) error {
			r.write("end " + string(end))
			return nil
		},
	}}
	return e
}

// doing writes what down, and does what the test wants beside that.
func (r *rig) doing(what string) call {
	return func(ctx context.Context, run *Run) error {
		r.write(what)
		r.mu.Lock()
		then := r.then[what]
		r.mu.Unlock()
		if then == nil {
			return nil
		}
		return then(ctx, run)
	}
}

func (r *rig) write(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal = append(r.journal, line)
}

// when makes a step do something beside writing itself down.
func (r *rig) when(what string, then call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.then[what] = then
}

// Remind implements tenants.Nudger.
func (r *rig) Remind(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID) error {
	return r.Nudge(ctx, tx, topic, id, 1)
}

// Nudge implements tenants.Nudger.
func (r *rig) Nudge(_ context.Context, _ pgx.Tx, topic string, operation uuid.UUID, _ int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch topic {
	case tenants.TopicOperation:
		r.nudges = append(r.nudges, operation)
	case tenants.TopicSuspect:
		r.suspects = append(r.suspects, operation)
	}
	return nil
}

// request writes an operation down.
func (r *rig) request() uuid.UUID { return r.requestIn(r.t.Context()) }

func (r *rig) requestIn(ctx context.Context) uuid.UUID {
	r.t.Helper()
	var op tenants.Operation
	r.must(pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) (err error) {
		op, err = r.store.Request(ctx, tx, tenants.Request{Args: tenants.PrepareArgs{}, Cell: r.cell, By: "test", Reason: "to see"})
		return err
	}))
	return op.ID
}

// signUp makes a customer, whose workspace shall run a release.
func (r *rig) signUp(ctx context.Context) (release uuid.UUID, done tenants.SignedUp) {
	r.t.Helper()
	runs, err := r.store.RegisterRelease(ctx, tenants.Release{Engine: "longhouse", Version: "1.0.0", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	r.must(err)
	done, err = r.store.SignUp(ctx, tenants.SignUp{Email: "ada@example.com", Password: "correct horse battery", Tenant: "Engines", Slug: "engines"})
	r.must(err)
	return runs.ID, done
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// set changes an operation's row: `set due_at = ...`.
func (r *rig) set(operation uuid.UUID, assignments string) {
	r.t.Helper()
	_, err := r.pool.Exec(r.t.Context(), "update operations set "+assignments+" where id = $1", operation)
	r.must(err)
}

// truth evaluates a condition on an operation's row.
func (r *rig) truth(operation uuid.UUID, condition string) (holds bool) {
	r.t.Helper()
	r.must(r.pool.QueryRow(r.t.Context(), "select "+condition+" from operations where id = $1", operation).Scan(&holds))
	return holds
}

func (r *rig) operation(operation uuid.UUID) tenants.Operation {
	r.t.Helper()
	op, err := r.store.Operation(r.t.Context(), operation)
	r.must(err)
	return op
}

// finish works an operation to its end without keeping the pauses between attempts.
func (r *rig) finish(e *Engine, operation uuid.UUID) tenants.Operation {
	r.t.Helper()
	r.eventually("the operation is over", func() bool {
		r.set(operation, "due_at = clock_timestamp()")
		r.must(e.Work(r.t.Context(), operation))
		return r.operation(operation).State.Over()
	})
	return r.operation(operation)
}

// happened compares the journal, and begins a new one.
func (r *rig) happened(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.journal, want) {
		r.t.Errorf("what happened:\n%q, want\n%q", r.journal, want)
	}
	r.journal = nil
}

func (r *rig) eventually(what string, holds func() bool) {
	r.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// states are the states of an operation's steps.
func states(op tenants.Operation) []string {
	var all []string
	for _, step := range op.Steps {
		all = append(all, step.State)
	}
	return all
}

func queries(r *rig) *dbsql.Queries { return dbsql.New(r.pool) }
