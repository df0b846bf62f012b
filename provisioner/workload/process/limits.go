package process

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxFileBytes bounds one file of an instance, its log too, between two looks of the agent and while there is none.
const maxFileBytes = 4 << 30

// maxOpenFiles is for the agent and for each instance: web sockets and database connections, each a descriptor.
const maxOpenFiles = 65536

// limitChildren lowers our own limits, which every instance inherits. They are set here rather than on the child
// because root without CAP_SYS_RESOURCE, as in many containers, may not set those of another user's process. No
// core files: they would hold secrets.
func limitChildren() error {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	files.Max = min(files.Max, maxOpenFiles)
	files.Cur = files.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("limit open files to %d: %w", files.Max, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: maxFileBytes, Max: maxFileBytes}); err != nil {
		return fmt.Errorf("limit the size of a file: %w", err)
	}
	return nil
}

// limitProcesses is for a machine without a group for it: it lowers our own limit of processes and threads, which the
// next child inherits and the kernel counts by user. Root itself isn't bound by it. Where the limit can't be raised
// again, as root without CAP_SYS_RESOURCE, that of an earlier child stays.
func (a *Agent) limitProcesses(most int) error {
	if most == 0 || !asRoot() || a.cgroups.folder("pids") != "" {
		return nil
	}
	limit := unix.Rlimit{Cur: uint64(most), Max: uint64(most)}
	err := unix.Setrlimit(unix.RLIMIT_NPROC, &limit)
	if errors.Is(err, unix.EPERM) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("limit processes to %d: %w", most, err)
	}
	return nil
}
