package proc

import (
	"os"
	"strconv"
	"time"
)

// execWithin is how long a program may take to be loaded, on a disk that is slow and not cached, before Environ
// takes what there is.
const execWithin = 2 * time.Second

// Environ reads the environment that a process was started with, as NAME=VALUE entries with a zero byte after each.
// Start returns when execve can't fail any more, which is before the kernel has laid the environment out: until then
// there is none to read, so that Environ waits. Of a process that has ended, or is the kernel's, it is empty.
func Environ(pid int) ([]byte, error) {
	file := "/proc/" + strconv.Itoa(pid) + "/environ"
	if env, err := os.ReadFile(file); err != nil || len(env) > 0 {
		return env, err
	}
	for end := time.Now().Add(execWithin); time.Now().Before(end); time.Sleep(time.Millisecond) {
		st, err := readStat(pid)
		if err != nil {
			return nil, err
		}
		if st.state == 'Z' || st.kernel || !st.loading {
			break
		}
	}
	return os.ReadFile(file)
}
