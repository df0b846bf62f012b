package edge

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// While an edge takes another one's place both keep their routes in one directory. Each write happens under a lock, and
// an edge that finds the file to be another's writes it anew, whole, instead of adding to what nobody will read.

// lock waits until no other edge writes and returns what ends that.
func (j *journal) lock() (unlock func(), err error) {
	file, err := os.Open(j.dir)
	if err != nil {
		return nil, fmt.Errorf("lock the route journal: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the route journal: %w", err), file.Close())
	}
	return func() { _ = file.Close() }, nil // which unlocks
}

// displaced reports that the file on disk is not the one that this edge wrote.
func (j *journal) displaced() bool {
	if j.file == nil {
		return false // nothing was written
	}
	own, err := j.file.Stat()
	if err != nil {
		return true
	}
	now, err := os.Stat(j.path())
	return err != nil || !os.SameFile(own, now)
}
