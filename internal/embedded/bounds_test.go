package embedded

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// boundRole is somebody who isn't the server's owner.
func boundRole(t *testing.T, c Cluster) *pgx.Conn {
	t.Helper()
	ask(t, c, "create role stranger login password 'pw'")
	conn, err := pgx.Connect(t.Context(), c.DSN("postgres", "stranger", "pw"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	return conn
}

func TestAStatementThatTakesMoreThanASessionMayFailsAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Bounds = Bounds{MemoryMiB: 128, TempFilesMiB: 16, Locks: 128}
	run(t, c, prepare(t, c))
	started := ask(t, c, "select pg_postmaster_start_time()::text")
	session := boundRole(t, c)
	if _, err := session.Exec(t.Context(), "set work_mem = '2000000kB'"); err != nil {
		t.Fatal(err)
	}
	const much = "select length(string_agg(repeat('x', 1000), '')) from generate_series(1, 300000)"
	const spilling = "set work_mem = '64kB'; select count(*) from (select repeat(md5(g::text), 30) r from generate_series(1, 30000) g order by 1) x where r > ''"
	for statement, code := range map[string]string{much: "53200", spilling: "53400"} { // out_of_memory, configuration_limit_exceeded
		_, err := session.Exec(t.Context(), statement)
		if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := session.Exec(t.Context(), "set temp_file_limit = -1"); err == nil {
		t.Error("a session can lift the bound of temporary files")
	}
	if _, err := session.Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("the session ended: %v", err)
	}
	if again := ask(t, c, "select pg_postmaster_start_time()::text"); again != started {
		t.Error("the server ended")
	}
	if locks := ask(t, c, "show max_locks_per_transaction"); locks != "128" {
		t.Errorf("%s locks for each session", locks)
	}
}

func TestTheKernelEndsTheServerLast(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	spec := prepare(t, c)
	s := run(t, c, spec)
	if spec.OOMScore != -900 {
		t.Errorf("the server's score is %d", spec.OOMScore)
	}
	file := fmt.Sprintf("/proc/%d/oom_score_adj", s.cmd.Process.Pid)
	if err := os.WriteFile(file, []byte("300"), 0); err != nil { // to go up takes no rights
		t.Fatal(err)
	}
	conn := boundRole(t, c)
	score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", conn.PgConn().PID()))
	if err != nil || strings.TrimSpace(string(score)) != "0" && os.Geteuid() == 0 {
		t.Errorf("a session's score is %s, %v", score, err)
	}
}

func TestAServerWithTheBuffersThatAnOperatorHasSetStartsAllTheSame(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Bounds = Bounds{MemoryMiB: 128}
	spec := prepare(t, c)
	s := run(t, c, spec)
	ask(t, c, "alter system set shared_buffers = '1GB'")
	s.stop(spec.Stop)
	run(t, c, prepare(t, c))
	if buffers := ask(t, c, "show shared_buffers"); buffers != "1GB" {
		t.Errorf("it has %s", buffers)
	}
	limits := ask(t, c, "select pg_read_file('/proc/self/limits')")
	if strings.Contains(limits, "Max address space         unlimited") {
		t.Errorf("nothing bounds its memory: %s", limits)
	}
}
