package terraform

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// bench is one cell to be, with real terraform, a real PostgreSQL cluster and a real object store.
type bench struct {
	*Runner
	dir, stateURL string
	adminURL      string
	store         *storetest.Store
	buckets       StoreBuckets
	cell          LocalCell
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), stateURL: testdb.New(t), adminURL: testdb.Cluster(t).AdminURL, store: storetest.Start(t)}
	b.buckets = StoreBuckets{Admin: b.store.Admin, Owner: "cell"}
	b.cell = LocalCell{
		Cell: "t-" + strings.ToLower(strings.ReplaceAll(filepath.Base(filepath.Dir(b.dir)), "_", "-")), Region: "home",
		Database:    LocalDatabase{Host: testdb.Cluster(t).SocketDir, Port: 5432},
		ObjectStore: LocalObjectStore{Endpoint: "127.0.0.1:9000", Region: "local", PathStyle: true},
		Workloads:   Workloads{Engine: ProcessEngine, Endpoint: "/run/agent"},
	}
	b.cell.Cell = b.cell.Cell[max(0, len(b.cell.Cell)-40):]
	b.cell.Cell = "t" + strings.TrimLeft(b.cell.Cell, "-")
	var err error
	if b.Runner, err = NewRunner(t.Context(), b.dir, b.stateURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := (PostgresDatabases{b.adminURL}).DropTemplate(context.Background(), b.template()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) template() string { return strings.ReplaceAll(b.cell.Cell, "-", "_") + "_template" }

func (b *bench) stack() Stack {
	return b.cell.Stack(Provider{Databases: PostgresDatabases{b.adminURL}, Buckets: b.buckets})
}

func (b *bench) apply(t *testing.T) Plan {
	t.Helper()
	p, err := b.Apply(t.Context(), b.stack())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func query(t *testing.T, url, sql string, args ...any) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var s string
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&s); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return s
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func within(adminURL, database string) string {
	return strings.Replace(adminURL, "/postgres?", "/"+database+"?", 1)
}

// is reports whether a plan has this change alone, whatever it does to the attributes.
func (p Plan) is(want Change) bool {
	return len(p.Changes) == 1 && p.Changes[0].Address == want.Address && p.Changes[0].Action == want.Action
}
