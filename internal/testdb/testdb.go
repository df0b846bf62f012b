// Package testdb gives tests a real PostgreSQL: one temporary cluster per test process, a fresh database per test.
// It never touches a cluster that it did not make, and leaves nothing behind however the process ends.
package testdb

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long one database statement may take on a busy machine.
const patience = time.Minute

// Server is the cluster of this test process, for tests that make roles and databases themselves.
type Server struct {
	AdminURL  string // superuser, database postgres
	SocketDir string
}

// Cluster starts the cluster of this process if no test has done so yet.
func Cluster(t testing.TB) Server {
	t.Helper()
	c := running(t)
	admin, err := c.SuperuserDSN("postgres")
	if err != nil {
		t.Fatal(err)
	}
	return Server{AdminURL: admin, SocketDir: c.SocketDir}
}

// New returns the URL, as superuser, of an empty database that is dropped when the test ends.
func New(t testing.TB) string {
	t.Helper()
	return fresh(t, "template0")
}

// FromTemplate returns the URL, as superuser, of a copy of a template that build makes once per process and name.
// build must close its connections. The copy is dropped when the test ends.
func FromTemplate(t testing.TB, name string, build func(ctx context.Context, dsn string) error) string {
	t.Helper()
	made, _ := templates.LoadOrStore(name, &template{database: unique("template")})
	tpl := made.(*template)
	tpl.once.Do(func() { tpl.err = tpl.make(t, build) })
	if tpl.err != nil {
		t.Fatalf("template %s: %v", name, tpl.err)
	}
	return fresh(t, tpl.database)
}

var templates sync.Map // name to *template

type template struct {
	once     sync.Once
	database string
	err      error
}

func (tpl *template) make(t testing.TB, build func(context.Context, string) error) error {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := running(t)
	if err := createDatabase(ctx, c, tpl.database, "template0"); err != nil {
		return err
	}
	dsn, err := c.SuperuserDSN(tpl.database)
	if err != nil {
		return err
	}
	return build(ctx, dsn)
}

func fresh(t testing.TB, from string) string {
	t.Helper()
	c := running(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	name := unique("test")
	if err := createDatabase(ctx, c, name, from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := dropDatabase(ctx, c, name); err != nil {
			t.Error(err)
		}
	})
	dsn, err := c.SuperuserDSN(name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func unique(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }
