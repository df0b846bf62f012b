package testdb

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

func running(t testing.TB) embedded.Cluster {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatalf("start the test cluster: %v", err)
	}
	return c
}

var start = sync.OnceValues(func() (embedded.Cluster, error) {
	// Not os.TempDir: the path of a unix socket has to be short.
	dir, err := os.MkdirTemp("/tmp", "lhtest")
	if err != nil {
		return embedded.Cluster{}, err
	}
	if err := watch(dir); err != nil {
		return embedded.Cluster{}, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return embedded.Cluster{}, err
	}
	c := embedded.Cluster{
		Name: "testdb", Dir: filepath.Join(dir, "data"), SocketDir: filepath.Join(dir, "run"),
		PasswordFile: filepath.Join(dir, "password"), MaxConnections: 300, SharedBuffersMiB: 64,
		AutovacuumNaptime: time.Minute, Volatile: true,
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	spec, err := c.Prepare(ctx)
	if err != nil {
		return c, err
	}
	logFile := filepath.Join(dir, "log")
	if err := launch(spec, logFile); err != nil {
		return c, err
	}
	if err := c.Ready(ctx); err != nil {
		log, _ := os.ReadFile(logFile)
		return c, fmt.Errorf("%w\n%s", err, log)
	}
	return c, nil
})

// launch gives the server none of the test's own streams: `go test` waits until they are closed.
func launch(spec embedded.Command, logFile string) error {
	log, err := os.Create(logFile)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := spec.Process()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	go cmd.Wait() // reaps it, should it die before the tests do
	return nil
}

// afterwards runs until its standard input closes, which the kernel sees to however this process ends.
const afterwards = `
read _
pid=$(head -n 1 "$1/data/postmaster.pid")
if [ -n "$pid" ]; then
	kill -QUIT "$pid"
	n=0
	while kill -0 "$pid" && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
fi
rm -rf "$1"
`

// leash is the write end of the watchdog's standard input: held open for as long as this process lives.
var leash io.WriteCloser //nolint:unused // holding it is its use

// watch starts a watchdog that stops the server and removes dir when this process ends, also by kill -9.
func watch(dir string) error {
	cmd := exec.Command("/bin/sh", "-c", afterwards, "testdb-watchdog", dir)
	cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin"}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if leash, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}
