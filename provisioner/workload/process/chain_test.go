package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/longhouse-dev/longhouse/provisioner/workload/conformance"
)

// playChain serves, and forks ahead of whoever would end it, outside of its session and group.
func playChain() (err error) {
	for range 8 {
		link := exec.Command(os.Args[0], "play-link")
		link.SysProcAttr, link.Env = &syscall.SysProcAttr{Setsid: true}, []string{}
		err = errors.Join(err, link.Start())
	}
	return errors.Join(err, conformance.Serve())
}

// forkOn makes a child that is in the way of whoever looks for the next one, which it makes then, and ends: a number that was
// read is gone before it can be killed. It does without the runtime, which a fork leaves behind.
//
//go:nosplit
//go:norace
func forkOn() {
	short, long := syscall.Timespec{Nsec: 100_000}, syscall.Timespec{Sec: 20}
	nap, sleep := uintptr(unsafe.Pointer(&short)), uintptr(unsafe.Pointer(&long))
	for {
		if pid, _, e := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0); e == 0 && pid == 0 {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_NANOSLEEP, sleep, 0, 0, 0, 0, 0)
			_, _, _ = syscall.RawSyscall6(syscall.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
		}
		if pid, _, e := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0); e == 0 && pid != 0 {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
		}
		_, _, _ = syscall.RawSyscall6(syscall.SYS_NANOSLEEP, nap, 0, 0, 0, 0, 0)
	}
}

func TestAChainOfForksDoesNotOutliveItsInstance(t *testing.T) {
	t.Parallel()
	m := setup(t)
	groups := findCgroups()
	if groups.folder("pids") == "" { // nothing holds such a chain then: the weaker mode
		saysWhatIsNotEnforced(t, m, "pids")
		return
	}
	d := m.Desired(t)
	plain := d.Args
	d.Args, d.Limits.PIDs = []string{"play-chain"}, 128
	m.run(t, d)
	eventually(t, "chains as long as they may be", func() bool { return members(groups, d.ID) > 100 })
	d.Args, d.Generation = plain, d.Generation+1
	o := m.run(t, d)
	if n := members(groups, d.ID); n != 1 || o.Restarts != 0 {
		t.Errorf("beside the new process %d others run, and it was restarted %d times: %s", n-1, o.Restarts, strings.TrimSpace(o.LastExit))
	}
}

// playGroups says what limits there are; e2e/kernels reads it.
func playGroups() {
	groups := findCgroups()
	fmt.Printf("v2 %t, missing %v\n", groups.v2 != "", groups.missing())
}

func members(groups cgroups, id string) (n int) {
	for _, dir := range groups.folders() {
		n = max(n, len(pidsIn(filepath.Join(dir, id))))
	}
	return n
}
