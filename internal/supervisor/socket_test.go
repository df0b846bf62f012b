package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// server is an actor that answers its pid to whoever connects.
func (s stage) server(name, address string) Child { return s.listening("server", name, address) }

func (s stage) listening(role, name, address string) Child {
	c := s.actor(role, name)
	c.Listen, c.Beside = address, true
	c.Ready = func(ctx context.Context, pid int) error {
		return until(ctx, func() bool { return s.ask(address) == pid })
	}
	return c
}

// ask returns the pid of the process that took the connection. Nobody may ever refuse one.
func (s stage) ask(address string) int {
	conn, err := net.DialTimeout("tcp", address, 20*time.Second)
	if err != nil {
		s.Errorf("a connection was refused: %v", err)
		return 0
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	said, err := io.ReadAll(conn)
	if err != nil {
		return 0 // it was killed with our connection
	}
	pid, _ := strconv.Atoi(string(said))
	return pid
}

func until(ctx context.Context, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestConnectionsWaitWhileAChildIsRestarted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	l := s.keep(s.life(), s.server("actor", address))
	s.must(l.Kill(t.Context()))
	if pid := s.ask(address); pid == l.PID() || pid == 0 {
		t.Errorf("%d answered", pid)
	}
}

func TestReplacementStartsBesideWhomItReplaces(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	v := s.life()
	first := s.keep(v, s.server("actor", address))
	v.release("actor") // as if it had been killed: what ends it does not start again
	over, asked := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-over:
				asked <- n
				return
			default:
				if s.ask(address) == 0 {
					t.Error("a connection was taken and not answered")
				}
			}
		}
	}()
	next := s.server("actor", address)
	next.Settings = "others"
	second := s.keep(s.life(), next) // the next life: it takes the socket out of the first process
	close(over)
	if n := <-asked; n == 0 {
		t.Error("nobody asked")
	}
	if second.adopted || running(first.Record()) || s.record("actor").Process != second.Record() {
		t.Error("it was not replaced")
	}
	if pid := s.ask(address); pid != second.PID() {
		t.Errorf("%d answered, not %d", pid, second.PID())
	}
}

func TestReplacementThatNeverGetsReadyLeavesTheOldOneAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	first := s.keep(s.life(), s.server("actor", address))
	before := s.record("actor")
	next := s.server("actor", address)
	next.Settings = "others"
	next.Ready = func(context.Context, int) error { return errors.New("the database is on fire") }
	if err := s.life().Keep(s.deadline(), next); err == nil {
		t.Fatal("it was kept")
	}
	if !running(first.Record()) || s.record("actor") != before {
		t.Error("the old one doesn't go on, or has lost its record")
	}
	if pid := s.ask(address); pid != first.PID() {
		t.Errorf("%d answered", pid)
	}
	s.must(s.life().Stop(t.Context(), "actor"))
}

func TestReplacedProcessThatWasLeftRunningIsEnded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	c := s.server("actor", address)
	first := s.keep(s.life(), c)
	killed := s.life() // right after the start of the next one
	killed.adopt(c)
	second, err := killed.start(c)
	s.must(err)
	adopted := s.keep(s.life(), c)
	if adopted.PID() != second.PID() || running(first.Record()) {
		t.Errorf("%d is adopted, not %d, and the older one runs: %v", adopted.PID(), second.PID(), running(first.Record()))
	}
}

func TestStoppedChildRefusesConnections(t *testing.T) {
	t.Parallel()
	s := setup(t)
	address := freeAddress(t)
	v := s.life()
	s.keep(v, s.server("actor", address))
	s.must(v.Stop(t.Context(), "actor"))
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("somebody listens")
	}
}

func TestHungChildIsRestarted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	v.every = time.Millisecond
	var hangs atomic.Bool
	c := s.actor("idle", "actor")
	c.Alive = func(context.Context) error {
		if hangs.Load() {
			return errors.New("silence")
		}
		return nil
	}
	l := s.keep(v, c)
	s.must(l.Signal(syscall.SIGSTOP))
	hangs.Store(true)
	s.eventually("its end", func() bool { return !running(l.Record()) })
	hangs.Store(false)
	s.eventually("another process", func() bool {
		now := v.kept["actor"].life()
		return now.PID() != l.PID() && now.Alive()
	})
}

func TestChildThatHasNotAnsweredYetMayRecover(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	v.every = time.Millisecond
	var looks atomic.Int64
	c := s.actor("idle", "actor")
	var works atomic.Bool
	works.Store(true)
	c.Alive = func(context.Context) error {
		if works.Load() {
			return nil
		}
		looks.Add(1)
		return errors.New("the database system is starting up")
	}
	first := s.keep(v, c)
	works.Store(false)
	s.must(first.Kill(t.Context()))
	s.eventually("another process", func() bool { return v.kept["actor"].life() != first })
	l := v.kept["actor"].life()
	looks.Store(0)
	s.eventually("many looks", func() bool { return looks.Load() > 4*looksInVain })
	if !l.Alive() || v.kept["actor"].life() != l {
		t.Error("it was ended")
	}
}

func TestProcessOfAnEarlierProgramIsReaped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	// As after execve: our own child, known only by its record.
	p, err := proc.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"600"}})
	s.must(err)
	adopted, err := proc.Adopt(p.Record())
	s.must(err)
	s.must(p.Signal(syscall.SIGKILL))
	<-adopted.Done()
	<-p.Done()
	if _, err := proc.Leader(p.PID()); err == nil {
		t.Error("a zombie was left")
	}
}

// serve is the actor that listens, until its listener is closed.
func serve(l net.Listener, file string) {
	write(file, filepath.Base(file))
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Fprint(conn, syscall.Getpid())
		_ = conn.Close()
	}
}

func TestWhatAChildNeedsIsMendedBeforeItStartsAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	var broken atomic.Bool
	c := s.actor("idle", "actor")
	mended := make(chan struct{}, 8)
	c.Before = func(context.Context) error {
		if broken.CompareAndSwap(true, false) {
			return errors.New("not this time")
		}
		mended <- struct{}{}
		return nil
	}
	v := s.life()
	l := s.keep(v, c)
	broken.Store(true)
	s.must(l.Kill(t.Context()))
	<-mended
	s.eventually("another process", func() bool {
		now := v.kept["actor"].life()
		return now.PID() != l.PID() && now.Alive()
	})
}
