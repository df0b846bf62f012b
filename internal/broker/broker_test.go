package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestWhatIsHandedOverIsAConnectionLikeAnyOther(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	serve(t, path, 4, anywhere)
	for network, address := range map[string]string{
		"tcp": echo(t, "tcp", "127.0.0.1:0"), "unix": echo(t, "unix", filepath.Join(filepath.Dir(path), "echo")),
	} {
		conn, err := client.DialContext(t.Context(), network, address)
		if err != nil {
			t.Fatalf("%s: %v", network, err)
		}
		talks(t, conn)
		if conn.RemoteAddr().Network() != network || conn.RemoteAddr().String() != address {
			t.Errorf("%s: it leads to %s", network, conn.RemoteAddr())
		}
		_ = conn.Close()
	}
}

func TestARefusalIsLikeThatOfADialOfItsOwn(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	serve(t, path, 4, func(ctx context.Context, network, address string) (net.Conn, error) {
		switch network {
		case "forbidden":
			return nil, fmt.Errorf("it is nobody's: %w", syscall.EACCES)
		case "wordy":
			return nil, errors.New(strings.Repeat("<é>", 1000))
		case "slow":
			return nil, context.DeadlineExceeded
		}
		return anywhere(ctx, network, address)
	})
	for network, want := range map[string]error{"forbidden": syscall.EACCES, "tcp": syscall.ECONNREFUSED, "wordy": nil, "slow": nil} {
		_, err := client.DialContext(t.Context(), network, "127.0.0.1:1")
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", network, err, want)
		}
		var timeout net.Error
		if !errors.As(err, &timeout) || timeout.Timeout() != (network == "slow") {
			t.Errorf("%s: %v is a time-out: %t", network, err, timeout.Timeout())
		}
	}
	if _, err := client.DialContext(t.Context(), "tcp", strings.Repeat("x", 600)); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("an endless address: %v", err)
	}
}

func TestADialWaitsForTheNextBroker(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	address := echo(t, "tcp", "127.0.0.1:0")
	asked := make(chan struct{}, 8)
	end := serve(t, path, 4, func(ctx context.Context, _, _ string) (net.Conn, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	var dials sync.WaitGroup
	for range 2 {
		dials.Go(func() {
			conn, err := client.DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Errorf("asked while one broker died and the next wasn't there: %v", err)
				return
			}
			_ = conn.Close()
		})
		<-asked
	}
	end()
	dials.Go(func() { // asked while there is none
		conn, err := client.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Errorf("asked without a broker: %v", err)
			return
		}
		talks(t, conn)
	})
	eventually(t, "three dials that wait", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return len(client.waiting) == 3 && client.line == nil
	})
	serve(t, path, 4, anywhere)
	dials.Wait()
}

func TestANewCallReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	old := callOf(t, path)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = old.Read(make([]byte, 1))
	}()
	eventually(t, "a line", func() bool { client.mu.Lock(); defer client.mu.Unlock(); return client.line != nil })
	serve(t, path, 4, anywhere)
	within(t, "the old line's end", gone)
	conn, err := client.DialContext(t.Context(), "tcp", echo(t, "tcp", "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	talks(t, conn)
}

func TestAConnectionThatComesTooLateIsClosed(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	asked, goOn := make(chan struct{}), make(chan struct{})
	serve(t, path, 4, func(ctx context.Context, network, address string) (net.Conn, error) {
		close(asked)
		<-goOn
		return anywhere(ctx, network, address)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := client.DialContext(ctx, "tcp", ln.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v", err)
	}
	close(goOn)
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection that nobody waits for is not closed: %v", err)
	}
}

func TestASlowDialDelaysNoOther(t *testing.T) {
	t.Parallel()
	client, path := program(t)
	var slow atomic.Int32
	address := echo(t, "tcp", "127.0.0.1:0")
	serve(t, path, 3, func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "slow" {
			slow.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return anywhere(ctx, network, address)
	})
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		go func() { _, _ = client.DialContext(ctx, "slow", "") }()
	}
	eventually(t, "two slow dials", func() bool { return slow.Load() == 2 })
	for range 10 {
		conn, err := client.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	go func() { _, _ = client.DialContext(ctx, "slow", "") }()
	eventually(t, "a third", func() bool { return slow.Load() == 3 })
	blocked := make(chan error)
	go func() { _, err := client.DialContext(ctx, "tcp", address); blocked <- err }()
	eventually(t, "a dial too many", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return len(client.waiting) == 4
	})
	cancel()
	if err := <-blocked; !errors.Is(err, context.Canceled) {
		t.Errorf("more are dialled at a time than may be: %v", err)
	}
}
