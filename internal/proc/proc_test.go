package proc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T, s Spec) *Process {
	t.Helper()
	p, err := Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill(context.Background()) })
	return p
}

func wait(t *testing.T, p *Process) ExitStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	status, err := p.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// dead: gone, or a zombie that the machine's init hasn't reaped yet.
func dead(pid int) bool {
	st, err := readStat(pid)
	return err != nil || st.state == 'Z'
}

func TestWaitGivesTheExitCodeAndReaps(t *testing.T) {
	t.Parallel()
	p := start(t, self("exit7", ""))
	if got := wait(t, p); got != (ExitStatus{Known: true, Code: 7}) {
		t.Fatalf("status = %v", got)
	}
	if _, err := os.Stat("/proc/" + itoa(p.PID())); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the child is still in /proc: %v", err)
	}
	if p.Alive() || !errors.Is(p.Signal(syscall.SIGTERM), os.ErrProcessDone) {
		t.Fatal("an ended process takes signals")
	}
}

func TestWaitGivesTheSignal(t *testing.T) {
	t.Parallel()
	p := start(t, self("idle", filepath.Join(t.TempDir(), "r")))
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, p); !got.Known || got.Signal != syscall.SIGKILL {
		t.Fatalf("status = %v", got)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := start(t, self("idle", filepath.Join(t.TempDir(), "r")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v", err)
	}
	if !p.Alive() {
		t.Fatal("the process ended with the wait")
	}
}

func TestChildSurvivesItsParentAndIsAdopted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r")
	parent := start(t, self("parent", file))
	record := reported[Record](t, file)
	reported[string](t, file+".child")
	if err := parent.Kill(t.Context()); err != nil { // kills its group too: the child has its own
		t.Fatal(err)
	}
	child, err := Adopt(record)
	if err != nil {
		t.Fatal(err)
	}
	if !child.Alive() || child.PID() != record.PID {
		t.Fatal("the adopted child doesn't run")
	}
	if err := child.Stop(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, child); got.Known {
		t.Fatalf("status of an adopted process = %v", got)
	}
	eventually(t, "the child's end", func() bool { return dead(record.PID) })
	if _, err := Adopt(record); !errors.Is(err, ErrGone) {
		t.Fatalf("adopting it again: %v", err)
	}
}

func TestWhoStartedAProcessLearnsHowItEndedAlsoWhenOthersAskFirst(t *testing.T) {
	t.Parallel()
	p := start(t, self("idle", filepath.Join(t.TempDir(), "r")))
	adopted, err := Adopt(p.Record())
	if err != nil {
		t.Fatal(err)
	}
	p.reap.Lock() // whoever adopted it is first
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, adopted); got.Known {
		t.Errorf("who adopted it is told: %v", got)
	}
	p.reap.Unlock()
	if got := wait(t, p); !got.Known || got.Signal != syscall.SIGKILL {
		t.Errorf("who started it is told: %v", got)
	}
}

func TestAdoptRefusesAnotherProcessWithTheSameNumber(t *testing.T) {
	t.Parallel()
	p := start(t, self("idle", filepath.Join(t.TempDir(), "r")))
	for name, change := range map[string]func(*Record){
		"start time": func(r *Record) { r.StartTime-- },
		"boot":       func(r *Record) { r.BootID = "another" },
		"no number":  func(r *Record) { r.PID = 0 },
		"free pid":   func(r *Record) { r.PID = 1 << 30 },
	} {
		r := p.Record()
		change(&r)
		if _, err := Adopt(r); !errors.Is(err, ErrGone) {
			t.Errorf("%s: err = %v, want ErrGone", name, err)
		}
	}
	if !p.Alive() {
		t.Fatal("a refused adoption hurt the process")
	}
}

func TestStopKillsGrandchildrenAndWhatIgnoresTermination(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r")
	p := start(t, self("family", file))
	grandchild := reported[int](t, file)
	reported[string](t, file+".grandchild")
	if err := p.Stop(t.Context(), 20*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, p); got.Signal != syscall.SIGKILL {
		t.Fatalf("status = %v", got)
	}
	eventually(t, "the grandchild's end", func() bool { return dead(grandchild) })
}

func TestGroupIsReachedAfterItsLeaderEnded(t *testing.T) {
	t.Parallel()
	for name, signalGroup := range map[string]func(*Process, syscall.Signal) error{
		"pidfd":               (*Process).SignalGroup,
		"number, older Linux": (*Process).signalGroupByNumber,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "r")
			p := start(t, self("family", file))
			grandchild := reported[int](t, file)
			reported[string](t, file+".grandchild")
			if err := p.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			wait(t, p)
			if dead(grandchild) {
				t.Fatal("the grandchild died with the leader, so this shows nothing")
			}
			if err := signalGroup(p, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the grandchild's end", func() bool { return dead(grandchild) })
		})
	}
}

func TestSignallingByNumberSparesWhoeverHasTheNumberNow(t *testing.T) {
	t.Parallel()
	p := start(t, self("idle", filepath.Join(t.TempDir(), "r")))
	stale := &Process{record: p.Record()}
	stale.record.StartTime--
	if err := stale.signalGroupByNumber(syscall.SIGKILL); !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("err = %v", err)
	}
	if !p.Alive() {
		t.Fatal("another process was killed")
	}
}

func TestLeaderKnowsChildrenOfStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r")
	p := start(t, self("family", file))
	if r, err := Leader(p.PID()); err != nil || r != p.Record() {
		t.Fatalf("Leader = %+v, %v; want %+v", r, err, p.Record())
	}
	if _, err := Leader(reported[int](t, file)); !errors.Is(err, ErrGone) {
		t.Fatalf("a grandchild passes as a leader: %v", err)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := Start(Spec{Path: "sleep"}); err == nil || !strings.Contains(err.Error(), "absolute") {
		t.Errorf("relative path: %v", err)
	}
	if _, err := Start(Spec{Path: "/nonexistent/program"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing program: %v", err)
	}
	if _, err := Start(Spec{Path: testBinary(), LogFile: "/nonexistent/log"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing log folder: %v", err)
	}
}
