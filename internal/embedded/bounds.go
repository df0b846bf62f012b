package embedded

import (
	"fmt"
	"strconv"
)

// Bounds are what a session may take, whatever it has set for itself. 0: no bound.
type Bounds struct {
	MemoryMiB    int // a statement that would take more fails, and nothing else does
	TempFilesMiB int // the same, for what a statement spills to disk
	Locks        int // so many there are for each of MaxConnections: a session may take those of others, and then nobody can even connect
}

// besideSharedMiB is what a server maps for all its sessions beside the memory that they share, with room: libraries, locales.
const besideSharedMiB = 512

// command starts a server whose processes inherit the bound of memory. Data (RLIMIT_DATA) is all that is a process's own; the space of
// addresses (RLIMIT_AS) bounds what processes of a parallel query share, too. How much all share the server itself says before it starts:
// buffers and connections are for an operator to set.
func (b Bounds) command(path string, args ...string) (string, []string) {
	if b.MemoryMiB == 0 {
		return path, args
	}
	const bounded = `beside=$1; shift
ulimit -d "$0" 2>/dev/null # a lower limit of before us stays
shared=$("$@" -C shared_memory_size 2>/dev/null) && ulimit -v $((shared * 1024 + beside)) 2>/dev/null
exec "$@"`
	kib := func(mib int) string { return strconv.Itoa(mib << 10) }
	return "/bin/sh", append([]string{"-c", bounded, kib(b.MemoryMiB), kib(besideSharedMiB + b.MemoryMiB), path}, args...)
}

func (b Bounds) settings() (all [][2]string) {
	if b.TempFilesMiB > 0 {
		all = append(all, [2]string{"temp_file_limit", fmt.Sprintf("%dMB", b.TempFilesMiB)})
	}
	if b.Locks > 0 {
		all = append(all, [2]string{"max_locks_per_transaction", strconv.Itoa(b.Locks)})
	}
	return all
}

// When memory lacks all the same, the kernel ends the server last: with it everything ends that it serves. Its sessions are as others,
// by what the server itself does for each.
const serverOOMScore = -900

var ordinaryOOMScore = []string{"PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj", "PG_OOM_ADJUST_VALUE=0"}
