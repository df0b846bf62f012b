package proc

import (
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
