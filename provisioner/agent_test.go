package provisioner

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

const agentVariable = "LONGHOUSE_TEST_AGENT"

// The test binary plays an agent when it is told on which directory.
func init() {
	dir, ok := os.LookupEnv(agentVariable)
	if !ok {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := process.RunAgent(ctx, process.Config{Dir: dir, EdgeGID: 389000, ControlGID: 389002, FirstUID: 389100, Log: slog.New(slog.DiscardHandler)})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// agent is one without instances.
func (r *rig) agent() *process.Client {
	r.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // short: sockets
	r.must(err)
	r.must(os.Chmod(dir, 0o711))
	exe, err := os.Executable()
	r.must(err)
	played := exec.Command(exe)
	played.Env, played.Stderr = append(os.Environ(), agentVariable+"="+dir), os.Stderr
	r.must(played.Start())
	r.t.Cleanup(func() {
		_ = played.Process.Kill()
		_ = played.Wait()
		_ = os.RemoveAll(dir)
	})
	client := process.NewClient(process.Socket(dir))
	r.eventually("an agent answers", func() bool {
		_, err := client.List(r.t.Context())
		return err == nil
	})
	return client
}
