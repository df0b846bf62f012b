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

// Signals is a border that Landlock needs only between programs of the same user.
const Signals = "signals (Landlock 6)"

// Missing says in words what can't be enforced here, of programs that are sealed or of those that are not.
func (s Support) Missing(sealed bool) []string {
	var missing []string
	for _, since := range []struct {
		abi  int
		what string
		seal bool // seccomp does it too, for who is sealed
	}{
		{1, "files (Landlock)", false}, {abiTruncate, "truncating files (Landlock 3)", true}, {abiPorts, "TCP ports (Landlock 4)", true},
		{abiScopes, "abstract sockets (Landlock 6)", true}, {abiScopes, Signals, false},
	} {
		if s.Landlock < since.abi && !(since.seal && sealed && s.Seccomp) {
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
