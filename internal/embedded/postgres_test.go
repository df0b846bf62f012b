package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// newCluster is in a directory that the system user postgres may pass, unlike t.TempDir, and whose path is short.
func newCluster(t *testing.T) Cluster {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return Cluster{
		Name: "test", Dir: filepath.Join(dir, "pg"), SocketDir: filepath.Join(dir, "run"),
		PasswordFile: filepath.Join(dir, "password"), MaxConnections: 20, SharedBuffersMiB: 16,
		AutovacuumNaptime: time.Minute, Volatile: true,
	}
}

func prepare(t *testing.T, c Cluster) Command {
	t.Helper()
	spec, err := c.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// server is a running cluster; stop may be called more than once.
type server struct {
	cmd *exec.Cmd
	log bytes.Buffer
}

func (s *server) stop(signal os.Signal) {
	s.cmd.Process.Signal(signal)
	s.cmd.Wait()
}

func run(t *testing.T, c Cluster, spec Command) *server {
	t.Helper()
	s := &server{cmd: spec.Process()}
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(syscall.SIGKILL) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		s.stop(syscall.SIGKILL)
		t.Fatalf("%v\n%s", err, s.log.String())
	}
	return s
}

func ask(t *testing.T, c Cluster, sql string) string {
	t.Helper()
	dsn, err := c.SuperuserDSN("postgres")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	answer, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := answer[len(answer)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

func TestClusterKeepsItsDataAcrossStopAndKill(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Volatile = false
	s := run(t, c, prepare(t, c))
	ask(t, c, "create table kept (x int)")
	for _, signal := range []os.Signal{prepare(t, c).Stop, syscall.SIGKILL} {
		ask(t, c, "insert into kept values (1)")
		s.stop(signal)
		s = run(t, c, prepare(t, c))
	}
	if got := ask(t, c, "select count(*) from kept"); got != "2" {
		t.Errorf("%s rows left of 2", got)
	}
}

func TestClusterIsClosedToEverybodyWithoutAPassword(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := run(t, c, prepare(t, c))
	for name, want := range map[string]string{
		"listen_addresses": "", "server_encoding": "UTF8", "lc_collate": "C.UTF-8", "data_checksums": "on",
		"password_encryption": "scram-sha-256", "max_connections": "20", "authentication_timeout": "10s",
	} {
		if got := ask(t, c, "show "+name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if _, err := pgx.Connect(t.Context(), c.DSN("postgres", Superuser, "wrong")); err == nil {
		t.Error("a wrong password lets in")
	}
	if info, err := os.Stat(c.PasswordFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v, %v", info.Mode(), err)
	}
	password, _ := os.ReadFile(c.PasswordFile)
	for _, name := range []string{"cmdline", "environ"} {
		shown, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, name))
		if err != nil || bytes.Contains(shown, password) {
			t.Errorf("%s shows the password, or can't be read: %v", name, err)
		}
	}
	if info, err := os.Stat(fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)); err != nil || info.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Errorf("PostgreSQL runs as root, or not at all: %v", err)
	}
}

func TestLogHoldsNoStatementAndNoPassword(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := run(t, c, prepare(t, c))
	dsn, err := c.SuperuserDSN("postgres")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "create role postgres password 'hunter2'"); err == nil {
		t.Fatal("a role was made twice")
	}
	conn.Close(t.Context())
	s.stop(syscall.SIGINT)
	if log := s.log.String(); strings.Contains(log, "hunter2") || !strings.Contains(log, `role "postgres" already exists`) {
		t.Errorf("log:\n%s", log)
	}
}

func TestHalfMadeClusterIsMadeAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	half := filepath.Join(c.Dir+".new", "data")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, c, prepare(t, c))
	if _, err := os.Stat(c.Dir + ".new"); !os.IsNotExist(err) {
		t.Errorf("the half-made cluster is still there: %v", err)
	}
}

func TestPrepareBesideARunningServerLeavesItAlone(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	run(t, c, prepare(t, c))
	before := ask(t, c, "select pg_postmaster_start_time()::text")
	prepare(t, c)
	if after := ask(t, c, "select pg_postmaster_start_time()::text"); after != before {
		t.Error("the server was restarted")
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "postmaster.pid")); err != nil {
		t.Errorf("the lock of the running server is gone: %v", err)
	}
}

func TestLockOfAPidThatIsSomeoneElseByNowDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	lockFor(t, c, someoneElse(t, prepare(t, c)))
	run(t, c, prepare(t, c))
}

func TestLockOfASocketAloneDoesNotStopTheStartOfAClusterMadeAnew(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	lockFor(t, c, someoneElse(t, prepare(t, c)))
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
	run(t, c, prepare(t, c))
}

// someoneElse is another process of the server's user.
func someoneElse(t *testing.T, spec Command) (pid int) {
	t.Helper()
	other := exec.Command("/bin/sleep", "600")
	other.Dir = "/"
	account{uid: spec.UID, gid: spec.GID, switches: os.Geteuid() == 0}.run(other)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	return other.Process.Pid
}

// A server that was killed together with its parent is a zombie until somebody reaps it, and still has its pid.
func TestLockOfAZombieDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	spec := prepare(t, c)
	dead := exec.Command("/bin/true")
	account{uid: spec.UID, gid: spec.GID, switches: os.Geteuid() == 0}.run(dead)
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dead.Wait() })
	lockFor(t, c, dead.Process.Pid)
	run(t, c, prepare(t, c))
}

// lockFor leaves the locks of a server with this pid.
func lockFor(t *testing.T, c Cluster, pid int) {
	t.Helper()
	lock := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n\n", pid, c.Dir, c.SocketDir)
	for _, path := range []string{filepath.Join(c.Dir, "postmaster.pid"), filepath.Join(c.SocketDir, socketName+".lock")} {
		if err := os.WriteFile(path, []byte(lock), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSocketDirLetsInOnlyItsGroup(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // only root can hand a directory to a group
	}
	c := newCluster(t)
	c.SocketGID = 300002
	run(t, c, prepare(t, c))
	for gid, want := range map[uint32]bool{300002: true, 300003: false} {
		visit := exec.Command("/usr/bin/test", "-S", filepath.Join(c.SocketDir, socketName))
		account{uid: 300099, gid: gid, switches: true}.run(visit)
		if got := visit.Run() == nil; got != want {
			t.Errorf("group %d reaches the socket: %t, want %t", gid, got, want)
		}
	}
}
