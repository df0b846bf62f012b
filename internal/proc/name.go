package proc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Name returns a name of this process that no other one has, now or later, here or on another machine: HOST/SUM/PID-START,
// with a sum of where its number counts, and when it was started.
func Name() (string, error) { return name(os.Getpid()) }

func name(pid int) (string, error) {
	where, err := place()
	if err != nil {
		return "", err
	}
	st, err := readStat(pid)
	if err != nil {
		return "", fmt.Errorf("read when process %d was started: %w", pid, err)
	}
	return fmt.Sprintf("%s/%d-%d", where, pid, st.start), nil
}

// Dead reports whether the process of this Name has ended for certain. Of one of another machine, of before the machine
// was booted, or of another namespace of process numbers nothing is known here: it is not dead.
func Dead(name string) bool {
	here, err := place()
	if err != nil {
		return false
	}
	numbers, ok := strings.CutPrefix(name, here+"/")
	pid, start, readable := parseNumbers(numbers)
	if !ok || !readable {
		return false
	}
	p, err := open(pid)
	if err != nil {
		return errors.Is(err, unix.ESRCH)
	}
	defer p.pidfd.Close()
	if st, err := readStat(pid); err == nil && st.start != start {
		return true
	}
	return !p.Alive()
}

// parseNumbers reads the PID-START of a name, as a name has it and in no other form.
func parseNumbers(text string) (pid int, start uint64, ok bool) {
	number, since, _ := strings.Cut(text, "-")
	n, err := strconv.ParseUint(number, 10, 31)
	start, err2 := strconv.ParseUint(since, 10, 64)
	return int(n), start, err == nil && err2 == nil && n > 0 && text == fmt.Sprintf("%d-%d", n, start)
}

// place is HOST/SUM, where the sum stands for what the number of a process counts in: this boot, and this namespace.
func place() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("read the host's name: %w", err)
	}
	boot, err := bootID()
	if err != nil {
		return "", fmt.Errorf("read which boot this is: %w", err)
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "", fmt.Errorf("read which processes are ours: %w", err)
	}
	sum := sha256.Sum256([]byte(boot + namespace))
	return host + "/" + hex.EncodeToString(sum[:6]), nil
}
