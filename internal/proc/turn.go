package proc

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Turn is how long a program runs before another that waits for the core may take it. Whoever has shorter turns than the one who runs
// takes the core as soon as it has something to do; the share of the processor that each gets is the same.
// See sched_setattr(2): since Linux 6.12 its sched_runtime is that of ordinary programs too. Older kernels ignore it.
type Turn int

// The turns.
const (
	OurTurn   Turn = iota // as we have it
	ShortTurn             // of what many wait for
	UsualTurn             // the kernel's choice, of what few wait for and nobody vouches for
)

// shortTurn is the least that the kernel gives.
const shortTurn = 100 * time.Microsecond

// take gives the calling thread, and what it forks, the turn. Where that can't be, all are equal.
func (t Turn) take() {
	if t == OurTurn {
		return
	}
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil || attr.Policy != unix.SCHED_NORMAL {
		return
	}
	attr.Runtime = 0 // the kernel's choice
	if t == ShortTurn {
		attr.Runtime = uint64(shortTurn)
	}
	_ = unix.SchedSetAttr(0, attr, 0)
}

// leastWeight is the nice value of what makes way: others that want the core get it nearly whole.
const leastWeight = 19

// MakeWay has a process of one thread take only what others leave of its core, or brings it back to what ShortTurn gives. Without the
// rights to bring a weight back it changes turns alone.
func MakeWay(pid int, makes bool) {
	attr, err := unix.SchedGetAttr(pid, 0)
	if err != nil || attr.Policy != unix.SCHED_NORMAL {
		return
	}
	before := attr.Nice
	attr.Runtime, attr.Nice = uint64(shortTurn), 0
	if makes {
		attr.Runtime, attr.Nice = 0, leastWeight
	}
	if os.Geteuid() != 0 {
		attr.Nice = before
	}
	if unix.SchedSetAttr(pid, attr, 0) != nil {
		return
	}
	// Where the kernel groups what a session of setsid(2) runs, as a PostgreSQL backend is one, it is the group's value that counts
	// (sched(7), autogroup).
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/autogroup", []byte(strconv.Itoa(int(attr.Nice))), 0)
}
