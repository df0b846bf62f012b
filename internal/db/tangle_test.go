package db

import (
	"testing"
	"testing/fstest"
	"time"
)

// Who uses two tables in the other order than a migration changes them waits for it, and it for them.
func TestMigrationThatIsTheVictimOfADeadlockIsTriedAgain(t *testing.T) {
	t.Parallel()
	pool, ctx := setup(t), t.Context()
	must(t, Migrate(ctx, pool, migrations(2)))
	for _, sql := range []string{
		"create table others ()",
		"do $$ begin execute format('alter database %I set deadlock_timeout = 3000', current_database()); end $$", // after which it is the migration that is ended
	} {
		_, err := pool.Exec(ctx, sql)
		must(t, err)
	}
	user, err := pool.Begin(ctx)
	must(t, err)
	for _, sql := range []string{"set local deadlock_timeout = '1min'", "lock table others in access share mode"} {
		_, err := user.Exec(ctx, sql)
		must(t, err)
	}
	files := migrations(2).(fstest.MapFS)
	files["003_step.sql"] = &fstest.MapFile{Data: []byte("alter table things add column note text; alter table others add column note text")}
	migrated := make(chan error, 1)
	go func() { migrated <- Migrate(ctx, pool, files) }()
	deadline, tick := time.After(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for waits := false; !waits; {
		must(t, pool.QueryRow(ctx, "select exists (select from pg_locks where relation = 'others'::regclass and not granted)").Scan(&waits))
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the migration does not wait")
		}
	}
	_, err = user.Exec(ctx, "select from things") // until the migration is ended
	must(t, err)
	must(t, user.Rollback(ctx))
	must(t, <-migrated)
	must(t, Current(ctx, pool, files))
}
