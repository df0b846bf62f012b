package hostile

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// remote lets this process, which stands for clients on machines of their own, take the core whenever it has something to
// do. Else what it waits for itself would count.
func remote() error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		attr, err := unix.SchedGetAttr(id, 0)
		if err != nil {
			return err
		}
		attr.Runtime = 100_000 // ns
		if err := unix.SchedSetAttr(id, attr, 0); err != nil {
			return err
		}
	}
	return nil
}
