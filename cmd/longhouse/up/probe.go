package up

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/controlplane"
)

// anybody is for children of which there is never more than one process.
func anybody(ready func(context.Context) error) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error { return ready(ctx) }
}

func dial(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// ready asks whether the child does its work.
func ready(url string, transport http.RoundTripper) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := get(ctx, url, transport, true)
		return err
	}
}

// answers asks only whether the child answers, whatever it has to say.
func answers(url string, transport http.RoundTripper) func(context.Context) error {
	if transport == nil {
		transport = &http.Transport{DisableKeepAlives: true}
	}
	return func(ctx context.Context) error {
		_, err := get(ctx, url, transport, false)
		return err
	}
}

// readyAs asks until it is this process of the control plane that says so.
func readyAs(url string) func(context.Context, int) error {
	transport := &http.Transport{DisableKeepAlives: true}
	return func(ctx context.Context, pid int) error {
		header, err := get(ctx, url, transport, true)
		if who := header.Get(controlplane.ProcessHeader); err == nil && who != strconv.Itoa(pid) {
			err = fmt.Errorf("process %s answers, not yet %d", who, pid)
		}
		return err
	}
}

func get(ctx context.Context, url string, transport http.RoundTripper, wantOK bool) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if wantOK && resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", resp.Status)
	}
	return resp.Header, nil
}

// onlyFrom connects to a unix socket, and with a pid only when that process listens there.
func onlyFrom(path string, pid int) *http.Transport {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", path)
		if err != nil || pid == 0 {
			return conn, err
		}
		who, err := listener(conn.(*net.UnixConn))
		if err == nil && who != pid {
			err = fmt.Errorf("process %d listens on %s, not yet %d", who, path, pid)
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}}
}

// listener is the process that began to listen on the socket at the other end.
func listener(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var peer *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) { peer, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, failed
	}
	return int(peer.Pid), nil
}
