package attack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"unsafe"

	"golang.org/x/sys/unix"
)

func readProcesses(aim Aim) (all []Try) {
	_, err := os.ReadDir("/proc")
	all = append(all, tried(err, "list processes"))
	for _, pid := range aim.PIDs {
		for _, name := range []string{"cmdline", "environ", "status", "stat", "maps", "mem", "io", "mountinfo"} {
			file := fmt.Sprintf("/proc/%d/%s", pid, name)
			f, err := os.Open(file)
			if err == nil {
				_ = f.Close()
			}
			all = append(all, tried(err, "open %s", file))
		}
		for _, name := range []string{"root/etc/passwd", "cwd/.", "fd/0", "exe"} {
			file := fmt.Sprintf("/proc/%d/%s", pid, name)
			f, err := os.Open(file)
			if err == nil {
				_ = f.Close()
			}
			all = append(all, tried(err, "open %s", file))
		}
	}
	return all
}

// signalProcesses sends the signal that does nothing.
func signalProcesses(aim Aim) (all []Try) {
	for _, pid := range aim.PIDs {
		all = append(all, tried(unix.Kill(pid, 0), "signal process %d", pid), tried(unix.Setpriority(unix.PRIO_PROCESS, pid, 19), "slow process %d down", pid))
	}
	return all
}

func traceProcesses(aim Aim) (all []Try) {
	for _, pid := range aim.PIDs {
		all = append(all, tried(unix.PtraceSeize(pid), "trace process %d", pid))
		var into [1]byte
		local := unix.Iovec{Base: &into[0], Len: 1}
		_, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(&into)), Len: 1}}, 0)
		all = append(all, tried(err, "read the memory of process %d", pid))
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			_, err = unix.PidfdGetfd(fd, 0, 0)
			all = append(all, tried(err, "take a descriptor of process %d", pid))
			_ = unix.Close(fd)
		}
	}
	return all
}

func runPrograms(Aim) (all []Try) {
	for _, program := range []string{"/bin/sh", "/usr/bin/env", "/usr/bin/id", "/usr/bin/passwd", "/usr/bin/su"} {
		err := exec.CommandContext(context.Background(), program, "--version").Start()
		all = append(all, tried(err, "run %s", program))
	}
	set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	return append(all, Try{What: "gain rights by a set-uid program", Through: err != nil || set != 1, Got: fmt.Sprintf("no_new_privs is %d", set)})
}
