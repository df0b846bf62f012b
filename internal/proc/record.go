package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrGone: the process of a Record doesn't run any more, whatever has its number now.
var ErrGone = errors.New("process is gone")

// Record is what it takes to know a process again later, from another process of ours. The caller keeps it.
type Record struct {
	PID       int    `json:"pid"`
	StartTime uint64 `json:"start_time"` // clock ticks since boot: field 22 of /proc/PID/stat
	BootID    string `json:"boot_id"`
	Exe       string `json:"exe"` // for humans; not compared, since an upgrade replaces files
}

// Adopt takes over a process that an earlier life of ours started with Start. The descriptor is opened before
// the start time is compared, so what was compared is what is held. It gives ErrGone unless the process is
// exactly that one and still runs.
func Adopt(r Record) (*Process, error) {
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	if r.PID <= 0 || r.BootID != boot {
		return nil, fmt.Errorf("adopt process %d: %w", r.PID, ErrGone)
	}
	p, err := open(r.PID)
	if errors.Is(err, unix.ESRCH) {
		return nil, fmt.Errorf("adopt process %d: %w", r.PID, ErrGone)
	}
	if err != nil {
		return nil, fmt.Errorf("adopt process %d: %w", r.PID, err)
	}
	st, err := readStat(r.PID)
	if err != nil || st.start != r.StartTime || !p.Alive() {
		_ = p.pidfd.Close()
		return nil, fmt.Errorf("adopt process %d: %w", r.PID, ErrGone)
	}
	p.record = r
	go p.watch(nil)
	return p, nil
}

func newRecord(pid int) (Record, error) {
	boot, err := bootID()
	if err != nil {
		return Record{}, err
	}
	st, err := readStat(pid)
	if err != nil {
		return Record{}, err
	}
	exe, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe") // empty when it has already ended
	return Record{PID: pid, StartTime: st.start, BootID: boot, Exe: exe}, nil
}

// Leader gives the record of a process that leads a session, as all children of Start do; ErrGone for any other.
// It is for finding children whose record was lost.
func Leader(pid int) (Record, error) {
	st, err := readStat(pid)
	if err != nil || st.session != pid || st.state == 'Z' {
		return Record{}, fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	return newRecord(pid)
}

func bootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b)), err
}

type stat struct {
	state   byte
	parent  int
	session int
	start   uint64
	kernel  bool // a thread of the kernel's own
	loading bool // execve is under way: its memory has no environment yet
}

// kernelThread is PF_KTHREAD among a process's flags.
const kernelThread = 0x00200000

// Parent is the process that started another one, or took it in when that one had ended.
func Parent(pid int) (int, error) {
	st, err := readStat(pid)
	return st.parent, err
}

func readStat(pid int) (stat, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	return parseStat(b)
}

// parseStat reads a line of /proc/PID/stat, see proc_pid_stat(5). The second field, the program's name, is what the process says, and may
// hold spaces and parentheses, so counting starts after the last one.
func parseStat(b []byte) (stat, error) {
	after := bytes.LastIndexByte(b, ')') + 1
	f := bytes.Fields(b[after:]) // f[0] is field 3
	if after == 0 || len(f) < 20 || len(f[0]) != 1 {
		return stat{}, fmt.Errorf("a process's stat has %d fields after the name, expected a letter and 19 more", len(f))
	}
	parent, err0 := strconv.Atoi(string(f[4-3]))
	session, err1 := strconv.Atoi(string(f[6-3]))
	start, err2 := strconv.ParseUint(string(f[22-3]), 10, 64)
	flags, err3 := strconv.ParseUint(string(f[9-3]), 10, 64)
	st := stat{state: f[0][0], parent: parent, session: session, start: start, kernel: flags&kernelThread != 0}
	st.loading = len(f) > 51-3 && string(f[51-3]) == "0" // where the environment ends; kernels before 3.5 don't tell
	return st, errors.Join(err0, err1, err2, err3)
}
