package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
)

// lookEvery is how soon a process has its socket back from a successor that came to nothing.
const lookEvery = 5 * time.Second

// Serve answers on a unix socket that only this process's user and root may open, until ctx ends: the machine's operator, and for whom root asks.
// It takes the place of a socket that was there: of a process that was killed, or that this one succeeds. Its own it removes,
// and puts it back when whoever took the place is gone.
func Serve(ctx context.Context, path string, handler http.Handler) error {
	return serve(ctx, path, handler, lookEvery)
}

func serve(ctx context.Context, path string, handler http.Handler, every time.Duration) error {
	listener, err := listen(path)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	over := make(chan error)
	begin := func(l net.Listener) { go func() { over <- server.Serve(l) }() }
	begin(listener)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for serving := 1; ; {
		select {
		case err := <-over:
			if serving--; !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve on %s: %w", path, err)
			}
			if serving == 0 {
				return nil
			}
		case <-tick.C:
			if ctx.Err() != nil || answers(ctx, path) {
				continue
			}
			if again, err := listen(path); err == nil { // or the folder is gone: the next look may find it
				begin(again)
				serving++
			}
		}
	}
}

// answers reports whether somebody takes connections on a socket.
func answers(ctx context.Context, path string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// listen binds beside the old socket and renames, so that whoever dials finds one or the other. The name beside it is no longer
// than that of the socket, which may be as long as can be.
func listen(path string) (net.Listener, error) {
	fresh := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%d", os.Getpid()))
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("make room for a socket: %w", err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	listener.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("put the socket %s in place: %w", path, err)
	}
	return unixsocket.Own(listener, path)
}
