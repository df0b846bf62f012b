package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// dyingWithin is how long a process that dies may still be there when its locks are free already.
const dyingWithin = 100 * time.Millisecond

// takeTurn waits until no other worker that takes turns on this machine is at work, and has the turn until ctx ends. The kernel
// frees it when this process dies, however it dies, and who waits is woken in the same moment. It keeps nobody from writing: that
// the leases and epochs of operations do, also where the lock's file was made anew and two have a turn. The file says who has it.
// It reports whether whoever had it before died.
func takeTurn(ctx context.Context, path, name string) (died bool, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, fmt.Errorf("open the lock of the workers: %w", err)
	}
	got := make(chan error, 1)
	go func() { got <- lock(file) }()
	select {
	case err = <-got:
	case <-ctx.Done():
		go func() { _ = errors.Join(<-got, file.Close()) }()
		return false, ctx.Err()
	}
	if err == nil {
		died, err = succeed(ctx, file, name)
	}
	if err != nil {
		_ = file.Close()
		return false, fmt.Errorf("take the turn of the workers: %w", err)
	}
	// The function keeps the file from being collected, and with it closed.
	context.AfterFunc(ctx, func() { _ = errors.Join(file.Truncate(0), file.Close()) })
	return died, nil
}

func lock(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// succeed writes down who has the turn. Who had it before and did not give it back died, and is waited for until that can be seen:
// what it had in hand is taken over by those who know that it is dead.
func succeed(ctx context.Context, file *os.File, name string) (died bool, err error) {
	before, err := io.ReadAll(file)
	if err != nil {
		return false, err
	}
	if _, process, _ := strings.Cut(strings.TrimSpace(string(before)), " "); process != "" {
		died = true
		seen, cancel := context.WithTimeout(ctx, dyingWithin)
		defer cancel()
		for again := time.NewTicker(time.Millisecond); !proc.Dead(process) && seen.Err() == nil; {
			select {
			case <-seen.Done():
			case <-again.C:
			}
		}
	}
	line := []byte(name + " " + workerName() + "\n")
	_, err = file.WriteAt(line, 0) // first, so that nobody who looks finds it empty
	return died, errors.Join(err, file.Truncate(int64(len(line))))
}
