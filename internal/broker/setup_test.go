package broker

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const patience = 10 * time.Second

// program is one that asks, with the socket on which it takes calls.
func program(t testing.TB) (*Client, string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhbr") // short: sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listener, err := net.ListenUnix(Network, &net.UnixAddr{Name: path, Net: Network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return NewClient(listener), path
}

func callOf(t testing.TB, path string) *net.UnixConn {
	t.Helper()
	line, err := net.DialUnix(Network, nil, &net.UnixAddr{Name: path, Net: Network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	return line
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

func anywhere(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

// serve is a broker until the function that it gives is called, which returns when it has ended.
func serve(t testing.TB, path string, most int, dial dialer) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	line, done := callOf(t, path), make(chan struct{})
	go func() {
		defer close(done)
		if err := Serve(ctx, line, most, dial); err != nil {
			t.Errorf("the broker ended with %v", err)
		}
	}()
	end = func() { cancel(); <-done }
	t.Cleanup(end)
	return end
}

// echo says back what it hears, and gives where it listens.
func echo(t testing.TB, network, address string) string {
	t.Helper()
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				b := make([]byte, 64)
				for {
					n, err := conn.Read(b)
					if err != nil {
						return
					}
					_, _ = conn.Write(b[:n])
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// talks says whether there is somebody at the other end who says back what we say.
func talks(t testing.TB, conn net.Conn) {
	t.Helper()
	_ = conn.SetDeadline(time.Now().Add(patience))
	b := make([]byte, 64)
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(b); err != nil || string(b[:n]) != "hello" {
		t.Fatalf("heard %q, %v", b[:n], err)
	}
}

func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("waited in vain for: %s", what)
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
