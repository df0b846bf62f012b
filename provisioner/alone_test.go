package provisioner

import (
	"errors"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// TestADatabaseIsNotMadeWhileAnotherSessionMakesIt: the server goes on for a while with what a worker has asked for that died.
func TestADatabaseIsNotMadeWhileAnotherSessionMakesIt(t *testing.T) {
	t.Parallel()
	pool, err := db.Open(t.Context(), testdb.New(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := database{name: "no such template", role: "nobody", template: "nowhere"}
	dead, err := pool.Acquire(t.Context())
	if err == nil {
		_, err = dead.Exec(t.Context(), "select pg_advisory_lock(hashtextextended($1, 0))", d.name)
	}
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"put":  func() error { return d.put(t.Context(), pool) },
		"drop": func() error { return d.drop(t.Context(), pool, func() error { return errors.New("far enough") }) },
	} {
		over := make(chan error, 1)
		go func() { over <- do() }()
		select {
		case err := <-over:
			t.Errorf("%s did not wait: %v", what, err)
			continue
		case <-time.After(100 * time.Millisecond):
		}
		if err := dead.Hijack().Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-over:
			if err == nil {
				t.Errorf("%s: nothing went wrong, so that it shows nothing", what)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s waits for a session that is gone", what)
		}
		if dead, err = pool.Acquire(t.Context()); err == nil {
			_, err = dead.Exec(t.Context(), "select pg_advisory_lock(hashtextextended($1, 0))", d.name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	dead.Release()
}
