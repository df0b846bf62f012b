// Package proc starts children that outlive us and finds them again.
//
// It owns the rules of starting (own session, output to a file, nothing inherited by accident), of knowing a
// process again (pidfd and start time, never a pid alone) and of ending one together with its descendants. It
// never decides whether something should run, never restarts anything and stores nothing: the caller keeps the
// Record.
package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Spec says how a child is started.
type Spec struct {
	Path string   // absolute path of the program
	Args []string // what follows argv[0]; every user of the machine can read it, so it never holds a secret
	Env  []string // the whole environment; nothing of ours is inherited
	Dir  string   // working directory, "/" when empty

	// LogFile takes stdout and stderr, appended to, made with mode 0600 by us (not by the child's user). Empty
	// means /dev/null. It is never a pipe: a pipe would break when we die.
	LogFile string

	Credential  *Credential // nil: the caller's own
	AmbientCaps []uintptr   // capabilities that the child keeps although it isn't root
	ExtraFiles  []*os.File  // become descriptors 3, 4, ...

	Umask      int  // the child's umask; 0 means ours, since a child that leaves everything open is never wanted
	NoNewPrivs bool // set-uid programs and file capabilities give the child nothing

	Turn Turn // how soon others that wait for its core get it

	// OOMScore is how ready the kernel is to end the child where memory lacks, from -1000 to 1000; 0 means as ready as to end us. To be
	// less ready takes rights: without them it is as ours.
	OOMScore int

	Cgroup *os.File // cgroup v2 folder that the child is born in, nil: ours

	// Thread, when set, runs on the thread that forks, just before it does. What it sets there and the kernel
	// keeps per thread (cgroup v1 membership, Landlock, seccomp) is inherited by the child and by nobody else.
	Thread func() error
}

// Credential is who a child runs as. Groups replaces all supplementary groups, also when empty.
type Credential struct {
	UID, GID int
	Groups   []int
}

// Start runs the program as leader of a session and process group of its own, so that neither our death nor a
// signal to our group reaches it. It returns once the program was executed. The child is reaped when it ends,
// whether or not anybody waits.
func Start(s Spec) (*Process, error) {
	if !filepath.IsAbs(s.Path) {
		return nil, fmt.Errorf("start %q: the path of the program must be absolute", s.Path)
	}
	files, closeFiles, err := s.files()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	defer closeFiles()
	child, err := s.fork(files)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	if s.OOMScore != 0 {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", child.Pid), []byte(strconv.Itoa(s.OOMScore)), 0)
	}
	p, err := own(child)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, errors.Join(err, child.Kill()))
	}
	return p, nil
}

func (s Spec) files() ([]*os.File, func(), error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	name := s.LogFile
	if name == "" {
		name = os.DevNull
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		_ = null.Close()
		return nil, nil, err
	}
	files := append([]*os.File{null, out, out}, s.ExtraFiles...)
	return files, func() { _, _ = null.Close(), out.Close() }, nil
}

func (s Spec) fork(files []*os.File) (*os.Process, error) {
	attr := &os.ProcAttr{
		Dir:   s.Dir,
		Env:   append([]string{}, s.Env...), // never nil, which would mean our own
		Files: files,
		Sys:   &syscall.SysProcAttr{Setsid: true, AmbientCaps: s.AmbientCaps, Credential: s.Credential.sys()},
	}
	if s.Cgroup != nil {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(s.Cgroup.Fd())
	}
	if attr.Dir == "" {
		attr.Dir = "/"
	}
	argv := append([]string{s.Path}, s.Args...)
	if s.Umask == 0 && !s.NoNewPrivs && s.Turn == OurTurn && s.Thread == nil {
		return os.StartProcess(s.Path, argv, attr)
	}
	var child *os.Process
	err := onDyingThread(func() (err error) {
		if err = s.prepareThread(); err == nil {
			child, err = os.StartProcess(s.Path, argv, attr)
		}
		return err
	})
	return child, err
}

// prepareThread sets what a child inherits from the one thread that forks it, so that no other child and no file
// that we make at the same time is affected.
func (s Spec) prepareThread() error {
	if s.Umask != 0 {
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("give the thread its own umask: %w", err)
		}
		unix.Umask(s.Umask)
	}
	if s.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("set no_new_privs: %w", err)
		}
	}
	s.Turn.take()
	if s.Thread != nil {
		return s.Thread()
	}
	return nil
}

func (c *Credential) sys() *syscall.Credential {
	if c == nil {
		return nil
	}
	sys := &syscall.Credential{Uid: uint32(c.UID), Gid: uint32(c.GID)}
	for _, g := range c.Groups {
		sys.Groups = append(sys.Groups, uint32(g))
	}
	return sys
}

// String is for logs: user:group.
func (c *Credential) String() string {
	if c == nil {
		return "own"
	}
	return strconv.Itoa(c.UID) + ":" + strconv.Itoa(c.GID)
}
