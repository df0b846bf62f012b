package proc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

// statusOf runs the spec and gives the child's /proc/self/status by field.
func statusOf(t *testing.T, change func(*Spec)) map[string]string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "r")
	s := self("status", file)
	change(&s)
	if s.Credential != nil {
		openWay(t, dir)
	}
	if got := wait(t, start(t, s)); got != (ExitStatus{Known: true}) {
		t.Fatalf("status = %v", got)
	}
	fields := map[string]string{}
	for line := range strings.Lines(reported[string](t, file)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.Join(strings.Fields(value), " ")
	}
	return fields
}

// openWay lets another user reach a temporary folder and write in it.
func openWay(t *testing.T, dir string) {
	t.Helper()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChildGetsOnlyWhatTheSpecGives(t *testing.T) {
	t.Setenv("OF_OURS", "1")
	own := syscall.Umask(0o022)
	syscall.Umask(own)
	dir := t.TempDir()
	logFile := filepath.Join(dir, "log")
	got := statusOf(t, func(s *Spec) { s.LogFile, s.Umask, s.NoNewPrivs = logFile, 0o127, true })
	if got["Umask"] != "0127" || got["NoNewPrivs"] != "1" {
		t.Errorf("umask %s, no_new_privs %s", got["Umask"], got["NoNewPrivs"])
	}
	if strings.Contains(got["Env"], "OF_OURS") {
		t.Errorf("our environment was inherited: %s", got["Env"])
	}
	if b, _ := os.ReadFile(logFile); string(b) != "to the log\n" {
		t.Errorf("log = %q", b)
	}
	if after := syscall.Umask(own); after != own {
		t.Errorf("our own umask became %#o", after)
	}
	if nnp, _ := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); nnp != 0 {
		t.Error("no_new_privs stuck to us")
	}
}

func TestAChildHasTheScoreOfItsSpec(t *testing.T) {
	t.Parallel()
	s := self("idle", filepath.Join(t.TempDir(), "up"))
	s.OOMScore = 321 // more than ours, which takes no rights
	p := start(t, s)
	if score, err := os.ReadFile("/proc/" + itoa(p.PID()) + "/oom_score_adj"); err != nil || string(score) != "321\n" {
		t.Errorf("score %q, %v", score, err)
	}
}

func TestOutputIsAppended(t *testing.T) {
	t.Parallel()
	logFile := filepath.Join(t.TempDir(), "log")
	for range 2 {
		statusOf(t, func(s *Spec) { s.LogFile = logFile })
	}
	if b, _ := os.ReadFile(logFile); string(b) != "to the log\nto the log\n" {
		t.Errorf("log = %q", b)
	}
}

func TestThreadHookAffectsTheChildAlone(t *testing.T) {
	t.Parallel()
	got := statusOf(t, func(s *Spec) {
		s.Thread = func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
	})
	if got["NoNewPrivs"] != "1" {
		t.Error("the child didn't inherit what the hook set")
	}
	if other := statusOf(t, func(*Spec) {}); other["NoNewPrivs"] != "0" {
		t.Error("another child inherited it too")
	}
}

func TestCredentialIsTheWholeIdentity(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 { // only root can be somebody else: the refusal is what there is to see
		s := self("status", filepath.Join(t.TempDir(), "r"))
		s.Credential = &Credential{UID: 0, GID: 0}
		if _, err := Start(s); err == nil {
			t.Fatal("an ordinary user started a child as root")
		}
		return
	}
	// The test binary lies in a folder that only we can enter.
	exe := filepath.Join(t.TempDir(), "child")
	b, err := os.ReadFile(testBinary())
	if err == nil {
		syscall.ForkLock.RLock() // a child that another test starts now would keep the file open for writing
		err = os.WriteFile(exe, b, 0o755)
		syscall.ForkLock.RUnlock()
	}
	if err != nil {
		t.Fatal(err)
	}
	openWay(t, filepath.Dir(exe))
	got := statusOf(t, func(s *Spec) {
		s.Path = exe
		s.Credential = &Credential{UID: 399001, GID: 399002, Groups: []int{399003}}
		s.AmbientCaps = []uintptr{unix.CAP_NET_BIND_SERVICE}
		s.NoNewPrivs = true
	})
	const bind = "0000000000000400"
	for field, want := range map[string]string{
		"Uid": "399001 399001 399001 399001", "Gid": "399002 399002 399002 399002", "Groups": "399003",
		"CapEff": bind, "CapAmb": bind,
	} {
		if got[field] != want {
			t.Errorf("%s = %q, want %q", field, got[field], want)
		}
	}
}
