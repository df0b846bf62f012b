package process

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestAgentLeavesInstancesWhenToldToStop(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	before := m.run(t, d)
	if err := m.agent.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status, _ := m.agent.Wait(t.Context()); status != (proc.ExitStatus{Known: true}) {
		t.Fatalf("the agent's end: %s", status)
	}
	if !answers(t.Context(), before.Socket) {
		t.Fatal("the instance doesn't answer without the agent")
	}
	m.start(t)
	if after := m.serving(t, d.ID); after.PID != before.PID {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func TestStopAllKeepsWhatIsWished(t *testing.T) {
	t.Parallel()
	m := setup(t)
	kept, removed, crashing := m.Desired(t), m.Desired(t), m.Desired(t)
	crashing.Args = []string{"play-crash"}
	before := m.run(t, kept)
	m.run(t, removed)
	if err := errors.Join(m.client.Remove(t.Context(), removed.ID, 1), m.client.Apply(t.Context(), crashing)); err != nil {
		t.Fatal(err)
	}
	if err := m.client.StopAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(m.cfg.strays()); n != 0 {
		t.Fatalf("%d instances still run", n)
	}
	if o := m.observe(t, kept.ID); o.PID != 0 {
		t.Fatalf("observed %+v", o)
	}
	for _, dir := range findCgroups().folders() {
		if _, err := os.Stat(filepath.Join(dir, kept.ID)); err == nil {
			t.Errorf("its group in %s is still there", dir)
		}
	}
	if err := m.client.Apply(t.Context(), m.Desired(t)); !errors.Is(err, errStopping) {
		t.Fatalf("apply on a stopping machine: %v", err)
	}
	m.Restart(t)
	if after := m.serving(t, kept.ID); after.PID == before.PID || after.Generation != 1 {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
	if o := m.observe(t, removed.ID); o.State != workload.StateAbsent {
		t.Fatalf("observed %+v", o)
	}
}

func TestInstanceWhoseRecordWasLostIsReplacedNotDoubled(t *testing.T) {
	t.Parallel()
	m := setup(t)
	wished, removed := m.Desired(t), m.Desired(t)
	before := m.run(t, wished)
	m.run(t, removed)
	m.kill(t)
	for _, d := range []workload.Desired{wished, removed} {
		if err := m.cfg.forgetStarted(d.ID); err != nil {
			t.Fatal(err)
		}
	}
	want, err := m.cfg.loadDesired(removed.ID)
	if err == nil {
		err = m.cfg.saveDesired(want.tombstone(2, time.Now()))
	}
	if err != nil {
		t.Fatal(err)
	}
	m.start(t)
	var after workload.Observed
	eventually(t, "another process", func() bool {
		after = m.observe(t, wished.ID)
		return after.State == workload.StateRunning
	})
	if after.PID == before.PID {
		t.Fatal("a process that nobody recorded was taken over")
	}
	eventually(t, "the removed one's end", func() bool { return m.observe(t, removed.ID).State == workload.StateAbsent })
	m.serving(t, wished.ID)
	if n := len(m.cfg.strays()); n != 1 {
		t.Fatalf("%d instances run, 1 is wished", n)
	}
}

func TestRemovalThatTheAgentDidNotSurviveIsFinished(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	m.run(t, d)
	m.kill(t)
	want, err := m.cfg.loadDesired(d.ID)
	if err == nil {
		err = m.cfg.saveDesired(want.tombstone(1, time.Now()))
	}
	if err != nil {
		t.Fatal(err)
	}
	m.start(t)
	if err := m.client.Remove(t.Context(), d.ID, 1); err != nil { // the caller asks again
		t.Fatal(err)
	}
	if n := len(m.cfg.strays()); n != 0 || exists(m.cfg.socketDir(want.SocketDir)) {
		t.Fatalf("%d processes left, socket folder left: %v", n, exists(m.cfg.socketDir(want.SocketDir)))
	}
}

func TestSecretsStayInTheEnvironment(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-value"
	m := setup(t)
	d := m.Desired(t)
	d.Env = workload.Env{"PASSWORD": secret}
	o := m.run(t, d)
	cmdline, err := os.ReadFile("/proc/" + strconv.Itoa(o.PID) + "/cmdline")
	if err != nil || bytes.Contains(cmdline, []byte(secret)) {
		t.Fatalf("argument list: %q, %v", cmdline, err)
	}
	found := filesWith(t, m.cfg.Dir, secret)
	want := filepath.Join(m.cfg.instanceDir(d.ID), "desired.json")
	if len(found) != 1 || found[0] != want {
		t.Fatalf("the secret is in %v, allowed is %s", found, want)
	}
	for path, mode := range map[string]fs.FileMode{want: 0o600, m.cfg.agentDir(): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, want %v", path, info.Mode(), mode)
		}
	}
	if err := m.client.Remove(t.Context(), d.ID, 1); err != nil {
		t.Fatal(err)
	}
	if found := filesWith(t, m.cfg.Dir, secret); len(found) != 0 {
		t.Fatalf("after the removal the secret is in %v", found)
	}
}

func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOneAgentPerDirectory(t *testing.T) {
	t.Parallel()
	m := setup(t)
	err := RunAgent(t.Context(), m.cfg)
	if err == nil || !strings.Contains(err.Error(), "another agent runs on "+m.cfg.Dir) {
		t.Fatalf("err = %v", err)
	}
}

func TestInstanceThatCannotStartBacksOffAndSaysWhy(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	path := filepath.Join(m.cfg.Dir, "server")
	b, err := os.ReadFile(testBinary())
	if err == nil {
		err = os.WriteFile(path, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.Binary = path
	m.run(t, d)
	if err := os.Rename(path, path+".away"); err != nil { // the running file can't be written to
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(m.observe(t, d.ID).PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refusal of a changed binary", func() bool {
		o := m.observe(t, d.ID)
		return o.State == workload.StateBackoff && strings.Contains(o.LastExit, "SHA-256") && o.Ending == workload.EndingNotStarted && o.Restarts > 2
	})
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its return with the right binary", func() bool { return m.observe(t, d.ID).State == workload.StateRunning })
}

func TestUnreadableDescriptionHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	m := setup(t)
	good, bad := m.Desired(t), m.Desired(t)
	before, left := m.run(t, good), m.run(t, bad)
	m.kill(t)
	if err := os.WriteFile(filepath.Join(m.cfg.instanceDir(bad.ID), "desired.json"), []byte(`{"desired":`), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	if after := m.serving(t, good.ID); after.PID != before.PID {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
	bad.Generation++
	_, err := m.client.Observe(t.Context(), bad.ID)
	for what, err := range map[string]error{
		"observe": err,
		"apply":   m.client.Apply(t.Context(), bad),
		"remove":  m.client.Remove(t.Context(), bad.ID, bad.Generation),
	} {
		if err == nil || !strings.Contains(err.Error(), "read the description of "+bad.ID) {
			t.Errorf("%s: err = %v", what, err)
		}
	}
	if !answers(t.Context(), left.Socket) {
		t.Error("the instance that can't be read was stopped")
	}
}

func TestOldTombstonesAndTheirLogsAreForgotten(t *testing.T) {
	t.Parallel()
	m := setup(t)
	old, recent := m.Desired(t), m.Desired(t)
	for _, d := range []workload.Desired{old, recent} {
		m.run(t, d)
		if err := m.client.Remove(t.Context(), d.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	m.kill(t)
	want, err := m.cfg.loadDesired(old.ID)
	if err == nil {
		err = m.cfg.saveDesired(want.tombstone(1, time.Now().Add(-2*tombstoneLife)))
	}
	if err != nil {
		t.Fatal(err)
	}
	m.start(t)
	for _, path := range []string{m.cfg.instanceDir(old.ID), m.cfg.logFile(old.ID)} {
		if exists(path) {
			t.Errorf("%s is still there", path)
		}
	}
	if !exists(m.cfg.logFile(recent.ID)) || m.observe(t, recent.ID).Generation != 1 {
		t.Error("a recent removal was forgotten")
	}
}

// TestAnInstanceHasNoShortTurns: the agent itself has them.
func TestAnInstanceHasNoShortTurns(t *testing.T) {
	t.Parallel()
	m := setup(t)
	turn := func(pid int) uint64 {
		attr, err := unix.SchedGetAttr(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		return attr.Runtime
	}
	if got, want := turn(m.run(t, m.Desired(t)).PID), turn(0); got != want {
		t.Errorf("an instance runs for %d ns, and we for %d", got, want)
	}
}
