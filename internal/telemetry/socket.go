package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"
)

// Serve answers the machine's operator on a unix socket that only this process's user and root may open, until ctx ends.
// It takes the place of a socket that was there: of a process that was killed, or that this one succeeds.
func Serve(ctx context.Context, path string, handler http.Handler) error {
	listener, err := listen(path)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", path, err)
	}
	return nil
}

// listen binds beside the old socket and renames, so that whoever dials finds one or the other.
func listen(path string) (net.Listener, error) {
	fresh := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("make room for a socket: %w", err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	listener.SetUnlinkOnClose(false) // by then the name may be a successor's
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("put the socket %s in place: %w", path, err)
	}
	return listener, nil
}
