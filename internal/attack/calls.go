package attack

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// makeNamespaces tries to get rights in a world of its own.
func makeNamespaces(Aim) (all []Try) {
	for name, flag := range map[string]int{"user": unix.CLONE_NEWUSER, "mount": unix.CLONE_NEWNS, "network": unix.CLONE_NEWNET, "process": unix.CLONE_NEWPID} {
		all = append(all, call("unshare the "+name+" namespace", unix.SYS_UNSHARE, uintptr(flag)))
	}
	return append(all,
		call("clone into a user namespace", unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_FS), // the kernel itself refuses the pair
		call("join a namespace", unix.SYS_SETNS, ^uintptr(0)),
		call("mount", unix.SYS_MOUNT), call("unmount", unix.SYS_UMOUNT2), call("change the root", unix.SYS_CHROOT), call("pivot the root", unix.SYS_PIVOT_ROOT),
		call("open a mount", unix.SYS_FSOPEN), call("clone a mount", unix.SYS_OPEN_TREE, ^uintptr(0)))
}

// makeByClone3 asks for a user namespace in a way whose arguments no filter sees; the kernel itself refuses this pair. It is
// no part of Intrusions, since an engine may need the call.
func makeByClone3(Aim) []Try {
	args := [8]uint64{unix.CLONE_NEWUSER | unix.CLONE_FS} // struct clone_args, clone(2), in its first size
	defer runtime.KeepAlive(&args)
	return []Try{call("clone3 into a user namespace", unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))}
}

// makeCalls makes calls that no server needs, with arguments by which none would do anything: an answer other than
// "not permitted" means that the kernel has looked at them.
func makeCalls(Aim) (all []Try) {
	for _, c := range []struct {
		name string
		nr   uintptr
	}{
		{"bpf", unix.SYS_BPF}, {"perf_event_open", unix.SYS_PERF_EVENT_OPEN}, {"keyctl", unix.SYS_KEYCTL}, {"add_key", unix.SYS_ADD_KEY},
		{"request_key", unix.SYS_REQUEST_KEY}, {"userfaultfd", unix.SYS_USERFAULTFD}, {"io_uring_setup", unix.SYS_IO_URING_SETUP},
		{"memfd_create", unix.SYS_MEMFD_CREATE}, {"init_module", unix.SYS_INIT_MODULE}, {"finit_module", unix.SYS_FINIT_MODULE},
		{"kexec_load", unix.SYS_KEXEC_LOAD}, {"swapon", unix.SYS_SWAPON}, {"reboot", unix.SYS_REBOOT}, {"settimeofday", unix.SYS_SETTIMEOFDAY},
		{"adjtimex", unix.SYS_ADJTIMEX}, {"sethostname", unix.SYS_SETHOSTNAME}, {"acct", unix.SYS_ACCT}, {"quotactl", unix.SYS_QUOTACTL},
		{"open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT}, {"name_to_handle_at", unix.SYS_NAME_TO_HANDLE_AT}, {"fanotify_init", unix.SYS_FANOTIFY_INIT},
		{"kcmp", unix.SYS_KCMP}, {"execveat", unix.SYS_EXECVEAT}, {"mknodat", unix.SYS_MKNODAT}, {"personality", unix.SYS_PERSONALITY}, {"mlockall", unix.SYS_MLOCKALL},
		{"sched_setscheduler", unix.SYS_SCHED_SETSCHEDULER}, {"process_vm_writev", unix.SYS_PROCESS_VM_WRITEV}, {"syslog", unix.SYS_SYSLOG}, {"seccomp", unix.SYS_SECCOMP},
	} {
		all = append(all, call(c.name, c.nr, ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0)))
	}
	return all
}

func call(name string, nr uintptr, args ...uintptr) Try {
	var a [6]uintptr
	copy(a[:], args)
	_, _, errno := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	refused := errno == unix.EPERM || errno == unix.ENOSYS || errno == unix.EACCES
	return Try{What: name, Through: !refused, Got: fmt.Sprintf("%v", errno)}
}
