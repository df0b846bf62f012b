// Package confine narrows what a program may do before it begins: which files it reads and writes (Landlock), which
// calls of the kernel it may make (seccomp), which ports it may connect to, and that it gains no rights (no_new_privs).
//
// It owns the mechanisms and what each kernel has of them. It never decides what somebody may do, starts nothing, and
// knows neither instances nor tenants.
package confine

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Rules say what is allowed; the rest is refused with EACCES or EPERM, as far as the kernel can.
type Rules struct {
	Run  []string // programs: may be read and executed; must exist
	Read []string // files, and folders with all below them; what isn't there is left out
	Use  []string // device files: may be read and written; what isn't there is left out
	Keep []string // folders of its own, in which it may do what it likes; must exist
	// Sealed: it makes no socket of any kind, connects, binds and sends to no address, and passes no descriptor on. It has the
	// sockets that it was started with or is handed, and listens, accepts, reads and writes there. What follows up to Anywhere
	// is for who isn't.
	Sealed bool

	Sockets []string // folders in which it may make and remove unix sockets, and no other file; must exist
	Ports   []uint16 // TCP ports that may be connected to, on any address; none may be listened on
	Names   bool     // it may send datagrams, which looking names up takes
	// Anywhere doesn't bound what it connects to.
	Anywhere bool

	// Clone3 allows the call by which Go puts a child into a group of cgroup v2. Its arguments can't be looked at, so
	// that the program can make namespaces with it, in which the calls that would use them are still refused.
	Clone3 bool
}

// Thread confines the calling thread, and with it what it starts from now on, for good. The caller's other threads stay
// as they are. Whatever the kernel lacks is left out: see Look. An error means that the thread must start nothing.
func Thread(r Rules, have Support) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if have.Landlock > 0 {
		if err := r.restrict(have.Landlock); err != nil {
			return fmt.Errorf("confine by Landlock: %w", err)
		}
	}
	if have.Seccomp {
		if err := install(r.filter()); err != nil {
			return fmt.Errorf("confine by seccomp: %w", err)
		}
	}
	return nil
}

// open gives a descriptor to name a file by; missing is whether there is none.
func open(path string) (fd int, missing bool, err error) {
	fd, err = unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return -1, true, fmt.Errorf("%s: %w", path, err)
	}
	if err != nil {
		return -1, false, fmt.Errorf("%s: %w", path, err)
	}
	return fd, false, nil
}
