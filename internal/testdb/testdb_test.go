package testdb

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var s string
	if err := conn.QueryRow(t.Context(), sql).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEachTestHasAnEmptyDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	a, b := New(t), New(t)
	if a == b {
		t.Fatal("two tests share a database")
	}
	query(t, a, "select lo_create(4711)::text")
	if got := query(t, b, "select count(*)::text from pg_largeobject_metadata"); got != "0" {
		t.Errorf("what one test made is in another's database: %s", got)
	}
	if got := query(t, a, "show is_superuser"); got != "on" {
		t.Errorf("is_superuser = %s", got)
	}
}

func TestTemplateIsBuiltOnceAndCopied(t *testing.T) {
	t.Parallel()
	var built atomic.Int32
	build := func(ctx context.Context, dsn string) error {
		built.Add(1)
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "create table notes (body text); insert into notes values ('from the template')")
		return err
	}
	for range 3 {
		dsn := FromTemplate(t, t.Name(), build)
		if got := query(t, dsn, "delete from notes returning body"); got != "from the template" {
			t.Errorf("notes = %q", got)
		}
	}
	if built.Load() != 1 {
		t.Errorf("built %d times", built.Load())
	}
}

func TestDatabaseIsDroppedWhenTheTestEnds(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) { name = query(t, New(t), "select current_database()") })
	got := query(t, Cluster(t).AdminURL, "select count(*)::text from pg_database where datname = '"+name+"'")
	if got != "0" {
		t.Error("the database outlived its test")
	}
}

// holdVariable names the file in which a process, made to be killed, says where its cluster is.
const holdVariable = "TESTDB_HOLD"

func TestMain(m *testing.M) {
	if held := os.Getenv(holdVariable); held != "" {
		hold(held)
	}
	os.Exit(m.Run())
}

func hold(held string) {
	c, err := start()
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(held+".new", []byte(filepath.Dir(c.SocketDir)), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(held+".new", held); err != nil {
		panic(err)
	}
	select {}
}

func TestNothingOutlivesAKilledProcess(t *testing.T) {
	t.Parallel()
	held := filepath.Join(t.TempDir(), "held")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdVariable+"="+held)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	var dir string
	eventually(t, "the cluster runs", func() bool {
		b, err := os.ReadFile(held)
		dir = string(b)
		return err == nil
	})
	pidFile, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(pidFile), "\n")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	eventually(t, "its directory is gone", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
	eventually(t, "its server is gone", func() bool {
		cwd, err := os.Readlink("/proc/" + pid + "/cwd")
		return err != nil || !strings.HasPrefix(cwd, dir)
	})
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
