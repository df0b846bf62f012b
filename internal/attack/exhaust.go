package attack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// limited says how far an attack came that takes what it can: through when nothing but its own aim ended it.
func limited(what string, came, most int64, err error) []Try {
	return []Try{{What: what, Through: came >= most, Got: fmt.Sprintf("%d, then: %v", came, err)}}
}

const piece = 1 << 20

// takeMemory ends with the process where there is a limit. It holds what it took for a while, so that who only looks now
// and then sees it too.
func takeMemory(aim Aim) []Try {
	var hoard [][]byte
	for int64(len(hoard))*piece < aim.Most {
		hoard = append(hoard, bytes.Repeat([]byte{1}, piece))
	}
	came := int64(len(hoard)) * piece
	time.Sleep(3 * time.Second)
	runtime.KeepAlive(hoard)
	return limited("take memory", came, aim.Most, nil)
}

// fork makes processes that do nothing until it may make no more, and then ends them.
func fork(aim Aim) []Try {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var made []int
	var last error
	for int64(len(made)) < aim.Most {
		pid, err := forkIdle()
		if last = err; err != nil {
			break
		}
		made = append(made, pid)
	}
	for _, pid := range made {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, _ = unix.Wait4(pid, nil, 0, nil)
	}
	return limited("fork", int64(len(made)), aim.Most, last)
}

// forkIdle copies this process without the runtime's knowledge: the copy waits for its end in the kernel.
//
//go:norace
func forkIdle() (int, error) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if pid == 0 {
		for {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
		}
	}
	return int(pid), nil
}

// fillDisk writes until it may not, into a file that has no name any more, so that nobody sees it in a folder.
func fillDisk(aim Aim) []Try {
	f, err := os.Create(filepath.Join(aim.Own, "fill"))
	if err != nil {
		return []Try{tried(err, "fill the disk")}
	}
	defer f.Close()
	_ = os.Remove(f.Name())
	var came int64
	for block := bytes.Repeat([]byte{1}, piece); came < aim.Most; came += piece {
		if _, err = f.Write(block); err != nil {
			break
		}
		time.Sleep(time.Millisecond) // so that a machine that looks once a second has a chance: 1 GiB/s is no disk's
	}
	return limited("fill the disk", came, aim.Most, err)
}

// floodLog writes to standard error, which is the log; whether it was bounded is for the other side to see.
func floodLog(aim Aim) []Try {
	line := append(bytes.Repeat([]byte("x"), 1023), '\n')
	var came int64
	for ; came < aim.Most; came += int64(len(line)) {
		if _, err := os.Stderr.Write(line); err != nil {
			return limited("flood the log", came, aim.Most, err)
		}
	}
	return []Try{{What: "flood the log", Got: fmt.Sprintf("%d bytes", came)}}
}

// spin keeps every processor busy for so many milliseconds.
func spin(aim Aim) []Try {
	end := time.Now().Add(time.Duration(aim.Most) * time.Millisecond)
	done := make(chan uint64)
	n := 2 * runtime.NumCPU()
	for range n {
		go func() {
			var x uint64
			for time.Now().Before(end) {
				x = x*6364136223846793005 + 1
			}
			done <- x
		}()
	}
	for range n {
		<-done
	}
	return []Try{{What: "take every processor", Got: fmt.Sprintf("%d threads for %d ms", n, aim.Most)}}
}
