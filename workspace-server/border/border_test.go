package border

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// outcome is that of the only try.
func outcome(t *testing.T, own config.Settings, target Target) Tried {
	t.Helper()
	tried := Try(t.Context(), own, target)
	if len(tried) != 1 {
		t.Fatalf("tried %+v", tried)
	}
	return tried[0]
}

func TestNothingIsTriedThatWasNotNamed(t *testing.T) {
	t.Parallel()
	if tried := Try(t.Context(), config.Settings{}, Target{}); len(tried) != 0 {
		t.Errorf("tried %+v", tried)
	}
}

func TestADatabaseThatLetsUsInIsACrossing(t *testing.T) {
	t.Parallel()
	own, other := testdb.New(t), testdb.New(t)
	config := config.Settings{DataSource: own}
	name := databaseOf(t, other)
	if got := outcome(t, config, Target{Database: name}); got.Outcome != Crossed {
		t.Errorf("as superuser: %+v", got)
	}
	conn, err := pgx.Connect(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	role := "tried_" + name
	for _, statement := range []string{"create role " + role + " login password 'p'", "revoke connect on database " + name + " from public"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if conn, err := pgx.Connect(t.Context(), own); err == nil {
			_, _ = conn.Exec(t.Context(), "drop role "+role)
			_ = conn.Close(t.Context())
		}
	})
	u, err := url.Parse(own)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "p")
	config.DataSource = u.String()
	if got := outcome(t, config, Target{Database: name}); got.Outcome != Held || got.Detail != "SQLSTATE 42501" {
		t.Errorf("as a stranger: %+v", got)
	}
	if got := outcome(t, config, Target{Database: "not_there"}); got.Outcome != Unclear {
		t.Errorf("of a database that is not there: %+v", got)
	}
	config.DataSource = "postgres://a:b@/x?host=/nowhere"
	if got := outcome(t, config, Target{Database: name}); got.Outcome != Unclear {
		t.Errorf("without a server: %+v", got)
	}
}

func databaseOf(t *testing.T, dsn string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c.Database
}

func TestWhatCanBeOpenedIsACrossing(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	for network, address := range map[string]string{"unix": socket, "tcp": "127.0.0.1:0"} {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		target := Target{Socket: socket}
		if network == "tcp" {
			target = Target{Network: l.Addr().String()}
		}
		if got := outcome(t, config.Settings{}, target); got.Outcome != Crossed {
			t.Errorf("%s: %+v", network, got)
		}
	}
	for what, target := range map[string]Target{"a folder": {File: dir}, "our own process": {Process: os.Getpid()}} {
		if got := outcome(t, config.Settings{}, target); got.Outcome != Crossed {
			t.Errorf("%s: %+v", what, got)
		}
	}
	for what, target := range map[string]Target{
		"no socket": {Socket: socket + "x"}, "no file": {File: socket + "x"}, "nobody listens": {Network: "127.0.0.1:1"}, "no process": {Process: 1 << 30},
	} {
		if got := outcome(t, config.Settings{}, target); got.Outcome != Unclear {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

// TestMain lets the test binary be a stranger, who has a user of its own, and asks somebody else for what it may not open.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BORDER_STRANGER"); dir != "" {
		for _, target := range []Target{{Socket: filepath.Join(dir, "s")}, {File: filepath.Join(dir, "f")}, {Process: os.Getppid()}} {
			for _, tried := range Try(context.Background(), config.Settings{}, target) {
				_, _ = os.Stdout.WriteString(tried.Border + " " + string(tried.Outcome) + "\n")
			}
		}
		for _, answer := range []error{syscall.EACCES, syscall.ECONNREFUSED, nil} {
			own := config.Settings{Dial: func(context.Context, string, string) (net.Conn, error) {
				conn, _ := net.Pipe()
				return conn, answer
			}}
			for _, tried := range Try(context.Background(), own, Target{Socket: filepath.Join(dir, "s")}) {
				_, _ = os.Stdout.WriteString("asked: " + string(tried.Outcome) + "\n")
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestWhatBelongsToAnotherUserIsHeld(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("only root can be somebody else; as an ordinary user this border does not exist, and the canaries say so")
		return
	}
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	program := filepath.Join(dir, "..", filepath.Base(dir)+".test")
	// By another process: a child of another test, between its fork and its exec, would have the file open for writing with us.
	if out, err := exec.Command("install", "-m", "755", os.Args[0], program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { _ = os.Remove(program) })
	c := exec.Command(program)
	c.Env = []string{"BORDER_STRANGER=" + dir}
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 399999, Gid: 399999}}
	out, err := c.Output()
	if want := "socket held\nfile held\nprocess held\nasked: held\nasked: unclear\nasked: crossed\n"; err != nil || string(out) != want {
		t.Errorf("a stranger met %q, want %q: %v", out, want, err)
	}
}
