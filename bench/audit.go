package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
)

const (
	auditWriters = 16
	auditLasts   = 2 * time.Second
	auditRounds  = 40
)

var (
	//go:embed audit_append.sql
	auditAppend string
	//go:embed audit_tenant.sql
	auditTenant string
	//go:embed audit_plain.sql
	auditPlain string
	//go:embed audit_sealed.sql
	auditSealed string
)

// auditTrail measures what the chains cost those who write events: 16 writers at once, without chains and with them, in
// turns: rounds are short, and each is compared with its neighbour, as the disk differs by more over time than the chains cost.
// In a transaction, as the domain does it, and as a bare statement, which is the least that a writer can do.
func auditTrail(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	if _, err := m.signUp(ctx, "writers"); err != nil {
		return nil, err
	}
	url, err := os.ReadFile(filepath.Join(m.dir, "control", "database.url"))
	if err != nil {
		return nil, err
	}
	pool, err := db.Open(ctx, strings.TrimSpace(string(url)), auditWriters+3)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	rows, err := sealCost(ctx, pool, "audit_append", inTransaction)
	if err != nil {
		return nil, err
	}
	bare, err := sealCost(ctx, pool, "audit_bare", alone)
	return append(rows, bare...), err
}

// appender writes one event.
type appender func(ctx context.Context, pool *pgxpool.Pool, tenant string) error

func inTransaction(ctx context.Context, pool *pgxpool.Pool, tenant string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, auditAppend, id.New(), tenant)
		return err
	})
}

func alone(ctx context.Context, pool *pgxpool.Pool, tenant string) error {
	_, err := pool.Exec(ctx, auditAppend, id.New(), tenant)
	return err
}

func sealCost(ctx context.Context, pool *pgxpool.Pool, name string, add appender) ([]Row, error) {
	session, err := pool.Acquire(ctx) // which has the sealer's lock or not
	if err != nil {
		return nil, err
	}
	defer session.Release()
	rates := map[string][]float64{}
	var costs []float64
	for round := range auditRounds {
		pair := []string{auditPlain, auditSealed}
		if round%2 == 1 { // who comes second in a pair finds another disk than who comes first
			slices.Reverse(pair)
		}
		for _, schema := range pair {
			rate, err := appending(ctx, pool, session, schema, add)
			if err != nil {
				return nil, err
			}
			rates[schema] = append(rates[schema], rate)
		}
		costs = append(costs, 100*(1-rates[auditSealed][round]/rates[auditPlain][round]))
	}
	return []Row{{name + "_plain", quantile(rates[auditPlain], 0.5), "1/s", auditRounds}, {name + "_sealed", quantile(rates[auditSealed], 0.5), "1/s", auditRounds},
		{name + "_cost", quantile(costs, 0.5), "%", auditRounds}, {name + "_cost_low", quantile(costs, 0.25), "%", auditRounds}, {name + "_cost_high", quantile(costs, 0.75), "%", auditRounds}}, nil
}

// appending returns how many events were written a second. Where the schema is that of chains, the machine's own workers
// seal them meanwhile.
func appending(ctx context.Context, pool *pgxpool.Pool, session *pgxpool.Conn, schema string, add appender) (float64, error) {
	if _, err := session.Conn().PgConn().Exec(ctx, schema).ReadAll(); err != nil {
		return 0, err
	}
	var tenant string
	if err := pool.QueryRow(ctx, auditTenant).Scan(&tenant); err != nil {
		return 0, err
	}
	during, stop := context.WithTimeout(ctx, auditLasts)
	defer stop()
	var written atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range auditWriters {
		all.Go(func() {
			for during.Err() == nil {
				if err := add(during, pool, tenant); err == nil {
					written.Add(1)
				} else if during.Err() == nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	began := time.Now()
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, fmt.Errorf("append: %w", *err)
	}
	return float64(written.Load()) / time.Since(began).Seconds(), nil
}
