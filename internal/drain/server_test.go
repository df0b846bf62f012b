package drain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// begin serves until the test ends.
func begin(t *testing.T, h http.HandlerFunc) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(&http.Server{Handler: h})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve returned %v", err)
		}
	})
	return s, l.Addr().String()
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

func (s *Server) visitors() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fresh)
}

func refused(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err != nil
}

func TestWhoWasLetInIsAnswered(t *testing.T) {
	t.Parallel()
	s, address := begin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	eventually(t, "the server to let us in", func() bool { return s.visitors() == 1 })
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	eventually(t, "others to be refused", func() bool { return refused(address) })
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if body, _ := io.ReadAll(res.Body); string(body) != "hello" {
		t.Errorf("answer %q", body)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestRequestUnderWayFinishes(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	s, address := begin(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-finish
		_, _ = io.WriteString(w, "hello")
	})
	answered := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + address)
		if err == nil {
			_ = res.Body.Close()
		}
		answered <- err
	}()
	<-entered
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	eventually(t, "others to be refused", func() bool { return refused(address) })
	close(finish)
	if err := errors.Join(<-answered, <-down); err != nil {
		t.Error(err)
	}
}

func TestWhoSaysNothingDoesNotHoldTheEndUp(t *testing.T) {
	t.Parallel()
	s, address := begin(t, func(http.ResponseWriter, *http.Request) {})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	eventually(t, "the server to let us in", func() bool { return s.visitors() == 1 })
	ctx, cancel := context.WithCancel(context.Background())
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	eventually(t, "others to be refused", func() bool { return refused(address) })
	cancel()
	if err := <-down; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestContextsOfConnectionsAreKept(t *testing.T) {
	t.Parallel()
	type key struct{}
	s := New(&http.Server{ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, key{}, c.LocalAddr().String())
	}})
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	ctx := s.ConnContext(t.Context(), here)
	if ctx.Value(key{}) != "pipe" || s.visitors() != 1 {
		t.Errorf("the context holds %v, and %d visitors are known", ctx.Value(key{}), s.visitors())
	}
}

func TestVisitorsAreForgotten(t *testing.T) {
	t.Parallel()
	s, address := begin(t, func(http.ResponseWriter, *http.Request) {})
	for range 3 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the server to let us in", func() bool { return s.visitors() == 1 })
		_ = conn.Close()
		eventually(t, "the server to forget us", func() bool { return s.visitors() == 0 })
	}
}
