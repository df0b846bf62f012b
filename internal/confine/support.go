package confine

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Support is what this kernel has of the mechanisms.
type Support struct {
	Landlock int  `json:"landlock"` // the version of its interface, 0 when there is none
	Seccomp  bool `json:"seccomp"`
}

// Look asks the kernel.
func Look() Support {
	return Support{Landlock: landlockVersion(), Seccomp: auditArch != 0 && seccompFilters()}
}

// Missing says in words what can't be enforced here.
func (s Support) Missing() []string {
	var missing []string
	for _, since := range []struct {
		abi  int
		what string
	}{
		{1, "files (Landlock)"}, {abiTruncate, "truncating files (Landlock 3)"}, {abiPorts, "TCP ports (Landlock 4)"},
		{abiScopes, "abstract sockets and signals (Landlock 6)"},
	} {
		if s.Landlock < since.abi {
			missing = append(missing, since.what)
		}
	}
	if !s.Seccomp {
		missing = append(missing, "calls of the kernel (seccomp)")
	}
	return missing
}

func (s Support) String() string {
	if s.Landlock == 0 && !s.Seccomp {
		return "none"
	}
	return fmt.Sprintf("Landlock %d, seccomp %t", s.Landlock, s.Seccomp)
}

func landlockVersion() int {
	n, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 { // not built in, not switched on, or refused by somebody's own filter
		return 0
	}
	return min(int(n), abiKnown)
}

func seccompFilters() bool {
	b, err := os.ReadFile("/proc/sys/kernel/seccomp/actions_avail")
	return err == nil && slices.Contains(strings.Fields(string(b)), "errno")
}
