package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// The test binary plays the children and the supervisors that are killed: ROLE says which, FILE where it reports.
func TestMain(m *testing.M) {
	file := os.Getenv("FILE")
	switch os.Getenv("ROLE") {
	case "":
		os.Exit(m.Run())
	case "idle":
		write(file, "up")
	case "mortal":
		fmt.Println("the first line")
		fmt.Println("the database is on fire")
		os.Exit(3)
	case "mute":
		os.Exit(3)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		write(file, "up")
	case "interrupted": // ends in its own way on SIGINT, and in nobody's on SIGTERM
		signal.Ignore(syscall.SIGTERM)
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGINT)
		write(file, "up")
		<-asked
		write(file+".end", time.Now().Format(time.RFC3339Nano))
		os.Exit(0)
	case "server": // answers its pid, and finishes before it ends
		l := inheritedListener()
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		go func() { <-asked; _ = l.Close() }()
		if os.Getenv(SecondListenerVariable) != "" {
			go serve(listenerOf(SecondListenerVariable), file+".second")
		}
		serve(l, file)
		os.Exit(0)
	case "leaver": // the same, until it is told to leave: then it says so, takes nobody in, and stays
		l := inheritedListener()
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGUSR2)
		go serve(l, file)
		<-told
		_ = l.Close()
		_ = fileOf(LeavingVariable).Close()
		write(file+".left", "")
	case "life": // a supervisor with one child, to be killed
		s, err := New(os.Getenv("DIR"), slog.New(slog.DiscardHandler))
		if err == nil {
			err = s.Keep(context.Background(), play("idle", file+".child", os.Getenv("DIR")))
		}
		if err != nil {
			panic(err)
		}
		write(file, "up")
	}
	for { // to the runtime select{} would be a deadlock
		_ = syscall.Pause()
	}
}

var inherited []*os.File // never collected, which would close them

func inheritedListener() net.Listener { return listenerOf(ListenerVariable) }

func listenerOf(variable string) net.Listener {
	file := fileOf(variable)
	inherited = append(inherited, file)
	l, err := net.FileListener(file)
	if err != nil {
		panic(err)
	}
	return l
}

func fileOf(variable string) *os.File {
	fd, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		panic(err)
	}
	return os.NewFile(uintptr(fd), variable)
}

// write makes the file appear complete.
func write(file, text string) {
	err := os.WriteFile(file+".part", []byte(text), 0o600)
	if err == nil {
		err = os.Rename(file+".part", file)
	}
	if err != nil {
		panic(err)
	}
}

// play is a child that is ready once its file is there.
func play(role, file, dir string) Child {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Child{
		Name: "actor", Grace: 20 * time.Second, Ready: fileThere(file),
		Spec: proc.Spec{Path: exe, Env: []string{"ROLE=" + role, "FILE=" + file, "DIR=" + dir}, LogFile: dir + ".log"},
	}
}

func fileThere(file string) func(ctx context.Context, _ int) error {
	return func(ctx context.Context, _ int) error {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := os.Stat(file); err == nil {
				return nil
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// stage is one directory of records, and what plays on it.
type stage struct {
	*testing.T
	dir string
}

func setup(t *testing.T) stage {
	t.Helper()
	s := stage{t, filepath.Join(t.TempDir(), "children")}
	t.Cleanup(func() { // whatever a failed test leaves
		for name, list := range strays(s.dir) {
			for _, r := range list {
				if p, err := proc.Adopt(r); err == nil {
					t.Errorf("%s still runs as %d", name, r.PID)
					_ = kill(p)
				}
			}
		}
	})
	return s
}

// life is a supervisor on the stage's directory, whose children end with the test.
func (s stage) life() *Supervisor {
	s.Helper()
	v, err := New(s.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		for name := range v.kept {
			if err := v.Stop(context.Background(), name); err != nil {
				s.Error(err)
			}
		}
	})
	return v
}

// actor is a child of its own name and file.
func (s stage) actor(role, name string) Child {
	c := play(role, filepath.Join(s.TempDir(), "file"), s.dir)
	c.Name = name
	return c
}

func (s stage) keep(v *Supervisor, c Child) *life {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 20*time.Second)
	defer cancel()
	if err := v.Keep(ctx, c); err != nil {
		s.Fatal(err)
	}
	return v.kept[c.Name].life()
}

// leftBehind is a child whose supervisor was killed with -9.
func (s stage) leftBehind() proc.Record {
	s.Helper()
	file := filepath.Join(s.TempDir(), "file")
	c := play("life", file, s.dir)
	p, err := proc.Start(c.Spec)
	if err != nil {
		s.Fatal(err)
	}
	s.must(fileThere(file)(s.deadline(), 0))
	if err := kill(p); err != nil {
		s.Fatal(err)
	}
	return s.record("actor").Process
}

func (s stage) record(name string) (r record) {
	s.Helper()
	data, err := os.ReadFile(recordFile(s.dir, name))
	s.must(err)
	s.must(json.Unmarshal(data, &r))
	return r
}

func (s stage) deadline() context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), 20*time.Second)
	s.Cleanup(cancel)
	return ctx
}

func (s stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s stage) eventually(what string, ok func() bool) {
	s.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			s.Fatalf("waited in vain for: %s", what)
		}
	}
}

// running is asked of children that others have started, too: one that ended stays a zombie until its parent reaps it.
func running(r proc.Record) bool {
	_, err := proc.Adopt(r)
	return err == nil
}

func (s stage) forgotten(name string) {
	s.Helper()
	if _, err := os.Stat(recordFile(s.dir, name)); !errors.Is(err, os.ErrNotExist) {
		s.Errorf("the record of %s is still there: %v", name, err)
	}
}
