package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockWithin is how long the lock of an agent that has ended may still be held: by a child of it that is between its birth and the
// program that it becomes, or by an agent that is ending.
const lockWithin = 2 * time.Second

// lock is released by the kernel when we die, however we die; children don't inherit it.
func (c Config) lock() (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.agentDir(), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(lockWithin); ; <-again.C {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("another agent runs on %s", c.Dir), f.Close())
		}
	}
}
