// Package storetest gives tests a real object store of their own. It never outlives the test.
//
// A store wants a process to itself, so the test binary starts itself again: importing this package is enough for the
// second start to become a store, before any test or TestMain runs.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

const childEnv = "LONGHOUSE_STORETEST_CONFIG"

var log = slog.New(slog.NewJSONHandler(os.Stderr, nil))

func init() {
	encoded, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	var cfg objectstore.Config
	if err := json.Unmarshal([]byte(encoded), &cfg); err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { // the parent has ended, however it ended
		io.Copy(io.Discard, os.Stdin)
		stop()
		time.AfterFunc(5*time.Second, func() { os.Exit(1) })
	}()
	cfg.Log = log
	if err := objectstore.Serve(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Store is a running store.
type Store struct {
	// Endpoint is the host:port for S3. It stays the same over Restart.
	Endpoint string
	Admin    *admin.Client
	Config   objectstore.Config

	t     testing.TB
	uid   int
	cmd   *exec.Cmd
	ended chan struct{} // closed once the process has ended
	stdin io.Closer
	log   *buffer
}

// Start runs an empty store on a free port until the test ends.
func Start(t testing.TB) *Store {
	t.Helper()
	return StartAs(t, os.Getuid())
}

// StartAs is Start as another user, who need not have a name. It takes root.
func StartAs(t testing.TB, uid int) *Store {
	t.Helper()
	dir, err := os.MkdirTemp("", "lh") // t.TempDir is too long for a socket, and shut to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	s := &Store{t: t, uid: uid, log: &buffer{}, Config: objectstore.Config{
		Dir: filepath.Join(dir, "data"), KeyringDir: filepath.Join(dir, "keys"),
		Listen: "127.0.0.1:0", AdminSocket: filepath.Join(dir, "store.sock"), Log: log,
	}}
	s.Admin = admin.NewClient(s.Config.AdminSocket)
	t.Cleanup(s.stop)
	s.start()
	return s
}

// Kill ends the store as a power cut of its process would.
func (s *Store) Kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

// Restart stops the store in an orderly way and starts it again on the same data.
func (s *Store) Restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// StartAgain starts a killed store on the same data.
func (s *Store) StartAgain() {
	s.t.Helper()
	s.start()
}

// Pid is the store's process.
func (s *Store) Pid() int { return s.cmd.Process.Pid }

// Log is what the store has logged so far.
func (s *Store) Log() string { return s.log.String() }

func (s *Store) start() {
	s.t.Helper()
	encoded, err := json.Marshal(s.Config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command("/proc/self/exe")
	s.cmd.Env = append(os.Environ(), childEnv+"="+string(encoded))
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if s.uid != os.Getuid() {
		s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(s.uid), Gid: uint32(s.uid)}}
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, ended := s.cmd, make(chan struct{})
	s.ended = ended
	go func() {
		cmd.Wait()
		close(ended)
	}()
	s.awaitReady()
}

func (s *Store) awaitReady() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if info, err := s.Admin.Info(ctx); err == nil && info.Ready {
			s.Endpoint = info.Endpoint
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("object store is not ready:\n%s", s.Log())
		case <-s.ended:
			s.t.Fatalf("object store ended:\n%s", s.Log())
		case <-tick.C:
		}
	}
}

func (s *Store) stop() {
	s.t.Helper()
	s.stdin.Close()
	<-s.ended
	if state := s.cmd.ProcessState; state.Exited() && !state.Success() { // also what the race detector found
		s.t.Errorf("object store: %s\n%s", state, s.Log())
	}
}

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
