package datadir

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Acquire takes the directory for this process until it ends. It refuses when another `longhouse up` has it.
func (l Layout) Acquire() (*os.File, error) {
	file, err := os.OpenFile(l.Lock(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("another `longhouse up` runs on %s already", l.Root)
	}
	return nil, fmt.Errorf("lock the data directory: %w", err)
}
