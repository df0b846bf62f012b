package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// drainTime is how long requests under way have to end when the store is stopped.
const drainTime = 3 * time.Second

// Serve runs a store until ctx is done or it fails. It wants a process to itself: versitygw allows one gateway per
// process. Once S3 requests are answered, GET /v1/info says ready and Dir/ready.json holds the
// same. Any user may run it, with or without a name, on any file system; versitygw's posix backend would want extended
// attributes.
func Serve(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	keys, err := keyring.Open(cfg.KeyringDir)
	if err != nil {
		return err
	}
	s, err := openStore(cfg.Dir, keys, cfg.Log, time.Now)
	if err != nil {
		return err
	}
	defer s.close()
	return s.serve(ctx, cfg)
}

func (s *store) serve(ctx context.Context, cfg Config) error {
	listener, err := listenAdmin(cfg.AdminSocket)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	state := &state{info: admin.Info{Region: Region}}
	told := newFigures(s)
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.adminHandler(state))
	mux.Handle("/", told.desk(state))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer server.Close()
	wg.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("serve %s: %w", cfg.AdminSocket, err))
		}
	})
	gateway := make(chan error, 1)
	go func() {
		gateway <- runGateway(ctx, s, cfg, told, func(endpoint string) {
			info := state.ready(endpoint)
			if err := writeRecord(s.tmp(), s.readyFile(), info); err != nil {
				stop(err)
				return
			}
			s.log.Info("object store ready", "endpoint", endpoint, "dir", cfg.Dir, "buckets", len(s.bucketsOf("")))
		})
	}()
	err = drained(ctx, gateway)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// drained waits for the gateway, but not long once ctx is done: the gateway waits 10 s for connections that clients merely
// keep open, and nothing is lost by leaving it, as what was acknowledged is durable.
func drained(ctx context.Context, gateway <-chan error) error {
	select {
	case err := <-gateway:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-gateway:
		return err
	case <-time.After(drainTime):
		return nil
	}
}

// state is what GET /v1/info says.
type state struct {
	mu   sync.Mutex
	info admin.Info
}

func (s *state) ready(endpoint string) admin.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info.Endpoint, s.info.Ready = endpoint, true
	return s.info
}

func (s *state) get() admin.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// listenAdmin takes over a socket that a dead store left: the lock on the data says that it is dead.
func listenAdmin(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil { // the socket itself says who may open it
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	before := syscall.Umask(0o177) // nobody else gets in between listen and chmod
	l, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	return l, nil
}
