package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Worker is a `longhouse serve --roles worker` beside a machine that was started with --no-worker.
type Worker struct {
	cmd *exec.Cmd
	log *os.File
	End chan struct{} // closed when it has ended
}

// Worker starts a worker that is told these faults.
func (m *Machine) Worker(t testing.TB, faults string, env ...string) *Worker {
	t.Helper()
	return m.WorkerFrom(t, m.Bin, faults, env...)
}

// WorkerFrom is Worker with the programs of a folder that the machine runs or has run.
func (m *Machine) WorkerFrom(t testing.TB, bin, faults string, env ...string) *Worker {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(m.Dir, "logs", "worker.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w := &Worker{cmd: exec.Command(m.Installed(t, bin), "serve", "--roles", "worker", "--data", m.Dir), log: log, End: make(chan struct{})}
	w.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LONGHOUSE_FAULT=" + faults}, env...)
	w.cmd.Stdout, w.cmd.Stderr = log, log
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		w.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 300002, Gid: 300002}
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = w.cmd.Wait()
		close(w.End)
	}()
	t.Cleanup(func() { w.Stop(t) })
	return w
}

// Stop asks the worker to end and waits for it.
func (w *Worker) Stop(t testing.TB) {
	t.Helper()
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-w.End:
	case <-time.After(30 * time.Second):
		_ = w.cmd.Process.Kill()
		t.Error("a worker did not end within 30 s after SIGTERM")
	}
	_ = w.log.Close()
}

// Killed waits until the worker was ended by SIGKILL, as a fault does. It fails the test when nothing of that kind
// happens: a kill that never struck would prove nothing.
func (w *Worker) Killed(t testing.TB, where string) {
	t.Helper()
	select {
	case <-w.End:
	case <-time.After(30 * time.Second):
		t.Fatalf("no worker came by %s within 30 s", where)
	}
	if status := w.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the worker ended with %s, not by the kill at %s", w.cmd.ProcessState, where)
	}
}

// Signal sends a signal to the worker.
func (w *Worker) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Halted reports whether the worker was stopped by SIGSTOP.
func (w *Worker) Halted() bool {
	data, err := os.ReadFile("/proc/" + itoa(w.cmd.Process.Pid) + "/stat")
	return err == nil && stateOf(data) == 'T'
}

// AtWork is the one of the machine's own workers that has the turn.
func (m *Machine) AtWork(t testing.TB) string {
	t.Helper()
	var name string
	Eventually(t, 20*time.Second, "a worker to be at work", func() error {
		said, err := os.ReadFile(filepath.Join(m.Dir, "control", "worker.lock"))
		if name, _, _ = strings.Cut(string(said), " "); err == nil && name == "" {
			err = errors.New("nobody has the turn")
		}
		return err
	})
	return name
}

// difference is one between a cell and the domain.
type difference struct{ Kind, Name, Why string }

// NoOrphans compares the machine's cell with its domain, and fails the test on every difference that stays. What is found
// once may be just being made, as blanks are.
func (m *Machine) NoOrphans(t testing.TB) {
	t.Helper()
	left := m.sweep(t)
	if len(left) == 0 {
		return
	}
	Eventually(t, 20*time.Second, "the cell and the domain to agree", func() error {
		now := m.sweep(t)
		left = slices.DeleteFunc(left, func(d difference) bool { return !slices.Contains(now, d) })
		if len(left) > 0 {
			return fmt.Errorf("they differ: %+v", left)
		}
		return nil
	})
}

func (m *Machine) sweep(t testing.TB) (found []difference) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(m.Bin, "longhouse"), "sweep", "--data", m.Dir, "--json").Output()
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil {
		t.Fatalf("sweep: %v: %s", err, out)
	}
	return found
}
