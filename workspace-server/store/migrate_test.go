package store

import (
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

func open(t *testing.T) *DB {
	t.Helper()
	db, err := Open(testdb.New(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestInstancesThatMigrateTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	if err := db.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "workspace-server migrate") {
		t.Fatalf("an empty database may be served: %v", err)
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := db.CheckSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	if from, err := db.Migrate(t.Context()); from != Latest() || err != nil {
		t.Fatalf("migrated again from %d (%v)", from, err)
	}
}

func TestANewerSchemaIsLeftAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.pool.Exec(t.Context(), setVersion, Latest()+1); err != nil {
		t.Fatal(err)
	}
	if err := db.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Fatalf("check: %v", err)
	}
	if _, err := db.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Fatalf("migrate: %v", err)
	}
}

func TestABadSourceIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	_, err := Open("postgres://role:hunter2@host:port/db", nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
}
