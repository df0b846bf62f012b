package db

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	return open(t, testdb.New(t), 4)
}

func open(t *testing.T, url string, maxConns int32) *pgxpool.Pool {
	t.Helper()
	pool, err := Open(t.Context(), url, maxConns)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// migrations are those of a build that knows n.
func migrations(n int) fs.FS {
	files := fstest.MapFS{}
	for i, text := range []string{
		"create table things (id int constraint things_id check (id > 0), name text)",
		"insert into things values (1, 'a')",
		"alter table things add constraint things_name unique (name)",
	}[:n] {
		files["00"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func count(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	must(t, pool.QueryRow(t.Context(), "select count(*) from things").Scan(&n))
	return n
}

func TestMigrateAppliesWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	for _, known := range []int{1, 2, 2, 3} {
		must(t, Migrate(t.Context(), pool, migrations(known)))
		must(t, Current(t.Context(), pool, migrations(known)))
	}
	if n := count(t, pool); n != 1 {
		t.Errorf("the second migration ran %d times", n)
	}
}

func TestProcessesThatMigrateAtOnceWaitForEachOther(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	also := 0 // under -race: nobody else is in there
	failures := make(chan error)
	for range 8 {
		pool := open(t, url, 1) // none to spare while they wait
		go func() {
			failures <- Migrate(t.Context(), pool, migrations(3), func(ctx context.Context, pool *pgxpool.Pool) error {
				also++
				_, err := pool.Exec(ctx, "create table if not exists others (id int)")
				return err
			})
		}()
	}
	for range 8 {
		must(t, <-failures)
	}
	if n := count(t, open(t, url, 1)); n != 1 || also != 8 {
		t.Errorf("the second migration ran %d times, the library's %d", n, also)
	}
}

func TestMigrateReleasesItsLockAlsoWhenItFails(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	broken := errors.New("the library's are broken")
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		err := Migrate(ctx, pool, migrations(1), func(context.Context, *pgxpool.Pool) error { return broken })
		cancel()
		if !errors.Is(err, broken) {
			t.Fatalf("err = %v", err)
		}
	}
}

func TestMigrationThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	files := fstest.MapFS{"001_a.sql": {Data: []byte("create table a ();")}, "002_b.sql": {Data: []byte("create table b (); select 1/0;")}}
	if err := Migrate(t.Context(), pool, files); err == nil || !strings.Contains(err.Error(), "migrate from version 0") || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("err = %v", err)
	}
	var there bool
	must(t, pool.QueryRow(t.Context(), "select to_regclass('a') is not null and to_regclass('b') is null").Scan(&there))
	if !there {
		t.Error("the first is gone, or half of the second is there")
	}
	if err := Current(t.Context(), pool, files); !errors.Is(err, ErrOlderSchema) {
		t.Errorf("err = %v", err)
	}
}

func TestCurrentOnlyLooks(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	if err := Current(t.Context(), pool, migrations(1)); !errors.Is(err, ErrOlderSchema) {
		t.Errorf("nothing was migrated: err = %v", err)
	}
	var there bool
	must(t, pool.QueryRow(t.Context(), "select to_regclass('public.schema_version') is not null").Scan(&there))
	if there {
		t.Error("it made the version table")
	}
	must(t, Migrate(t.Context(), pool, migrations(1)))
	// While somebody migrates, too.
	must(t, Migrate(t.Context(), pool, migrations(2), func(ctx context.Context, pool *pgxpool.Pool) error {
		return Current(ctx, pool, migrations(2))
	}))
	if err := Current(t.Context(), pool, migrations(3)); !errors.Is(err, ErrOlderSchema) {
		t.Errorf("err = %v", err)
	}
}

func TestOpenNeverTellsThePassword(t *testing.T) {
	t.Parallel()
	const password = "p4ssw0rd-of-nobody"
	good, err := url.Parse(testdb.New(t))
	must(t, err)
	wrong := *good
	wrong.User = url.UserPassword(good.User.Username(), password)
	elsewhere := wrong
	elsewhere.RawQuery = "host=/nonexistent"
	for name, c := range map[string]struct{ url, want string }{
		"wrong password": {wrong.String(), "reach database " + strings.TrimPrefix(good.Path, "/")},
		"wrong host":     {elsewhere.String(), "reach database " + strings.TrimPrefix(good.Path, "/")},
		"wrong port":     {"postgres://a:" + password + "@127.0.0.1:notaport/b", "not of the form"},
		"wrong escape":   {"postgres://a:" + password + "%zz@127.0.0.1/b", "not of the form"},
		"garbage":        {password, "not of the form"},
		"wrong setting":  {"postgres://a@127.0.0.1/b?sslmode=" + password, "not of the form"},
		"nothing":        {"", "not of the form"},
	} {
		pool, err := Open(t.Context(), c.url, 1)
		if err == nil {
			pool.Close()
			t.Errorf("%s: it was opened", name)
			continue
		}
		if strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: err = %v", name, err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), password) {
				t.Errorf("%s: %T tells it", name, e)
			}
		}
	}
}

func TestPoolHasNoMoreConnectionsThanItMay(t *testing.T) {
	t.Parallel()
	if n := open(t, testdb.New(t), 3).Stat().MaxConns(); n != 3 {
		t.Errorf("%d", n)
	}
}

func TestViolatesKnowsTheConstraint(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Migrate(t.Context(), pool, migrations(3)))
	refusal := func(statement string) error {
		_, err := pool.Exec(t.Context(), statement)
		return err
	}
	check, unique, other := refusal("insert into things values (0, 'b')"), refusal("insert into things values (2, 'a')"), refusal("select 1/0")
	for _, c := range []struct {
		err        error
		constraint string
		want       bool
	}{
		{check, "things_id", true}, {unique, "things_name", true}, {errors.Join(unique), "things_name", true}, {check, "things_name", false},
		{other, "things_id", false}, {nil, "things_id", false}, {pgx.ErrNoRows, "things_id", false},
	} {
		if got := Violates(c.err, c.constraint); got != c.want {
			t.Errorf("Violates(%v, %s) = %v", c.err, c.constraint, got)
		}
	}
}
