package proc

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// onDyingThread runs fn on a thread that nothing else uses and that ends with it, so that fn may change what the
// kernel keeps per thread. The Go runtime never makes new threads from a locked one, so nothing leaks from there.
func onDyingThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
		if unix.Gettid() != unix.Getpid() {
			done <- fn()
			return
		}
		// The main thread can't end. Held here, it can't be picked a second time.
		done <- onDyingThread(fn)
		runtime.UnlockOSThread()
	}()
	return <-done
}
