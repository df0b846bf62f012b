package edge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// scripted is an instance that says what answer returns to the nth request, on as few connections as the edge needs. An
// empty answer closes the connection.
func (r *rig) scripted(slug string, answer func(n int64, req *http.Request) string) (route feed.Route, connections *atomic.Int64) {
	r.t.Helper()
	socket := filepath.Join(r.dir, slug+".sock")
	listener, err := net.Listen("unix", socket)
	must(r.t, err)
	r.t.Cleanup(func() { _ = listener.Close() })
	connections = &atomic.Int64{}
	var heard atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() {
				defer conn.Close()
				for reader := bufio.NewReader(conn); ; {
					req, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					text := answer(heard.Add(1), req)
					if text == "" {
						return
					}
					_, _ = io.WriteString(conn, text)
				}
			}()
		}
	}()
	return routeTo(slug, socket), connections
}

const shortAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

func TestALineCarriesOneRequestAfterAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route, connections := r.scripted("acme", func(_ int64, req *http.Request) string {
		switch {
		case req.Method == http.MethodHead:
			return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
		case req.URL.Path == "/chunked":
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n"
		case req.URL.Path == "/none":
			return "HTTP/1.1 204 No Content\r\n\r\n"
		}
		return shortAnswer
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	for range 2 {
		r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
		chunked := r.get("acme.longhouse.localhost", "/chunked")
		chunked.want(t, 200, "hello")
		if chunked.Trailer.Get("X-Sum") != "7" {
			t.Errorf("trailers: %v", chunked.Trailer)
		}
		r.get("acme.longhouse.localhost", "/none").want(t, 204, "")
		head := r.do(r.request(http.MethodHead, "acme.longhouse.localhost", "/", nil))
		if head.StatusCode != http.StatusOK || head.ContentLength != 5 {
			t.Errorf("HEAD: %v", head.Response)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections to the instance, want 1", n)
	}
}

func TestALineThatTheInstanceClosedIsReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	socket := filepath.Join(r.dir, "acme.sock")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	defer listener.Close()
	closed := make(chan struct{}, 3)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, shortAnswer)
			_ = conn.Close()
			closed <- struct{}{}
		}
	}()
	r.control.set(1, routeTo("acme", socket))
	r.start()
	r.waitVersion(1)
	for range 3 {
		r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
		<-closed
	}
	if n := r.server.retries.retried.Load(); n != 0 {
		t.Errorf("%d retries, want none", n)
	}
}

// TestARequestThatEndsItsLineIsSentAgainTwice: many lines wait, and each of them would be a chance to send it again.
func TestARequestThatEndsItsLineIsSentAgainTwice(t *testing.T) {
	t.Parallel()
	const many = 8
	r := newRig(t)
	var asked, poison atomic.Int64
	all := make(chan struct{})
	route, _ := r.scripted("acme", func(_ int64, req *http.Request) string {
		if req.URL.Path == "/poison" {
			poison.Add(1)
			return ""
		}
		if asked.Add(1) == many {
			close(all)
		}
		<-all // so that each has a line of its own
		return shortAnswer
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	var askers sync.WaitGroup
	for range many {
		askers.Go(func() { r.get("acme.longhouse.localhost", "/").want(t, 200, "hello") })
	}
	askers.Wait()
	r.get("acme.longhouse.localhost", "/poison").want(t, 502, "")
	if n := poison.Load(); n != 1+maxReplays {
		t.Errorf("the instance heard it %d times, want %d", n, 1+maxReplays)
	}
}

func TestWhatFollowsAnAnswerIsNobodys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route, connections := r.scripted("acme", func(n int64, _ *http.Request) string {
		if n == 1 {
			return shortAnswer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
		}
		return shortAnswer
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	for range 2 {
		r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
	}
	if n := connections.Load(); n != 2 {
		t.Errorf("%d connections, want a new one after unasked bytes", n)
	}
}

func TestWhatAnInstanceSaysUnaskedIsNobodys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	said := make(chan struct{})
	socket := filepath.Join(r.dir, "acme.sock")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	defer listener.Close()
	go func() {
		for first := true; ; first = false {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, shortAnswer)
			if first {
				<-said
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
				said <- struct{}{}
			}
		}
	}()
	r.control.set(1, routeTo("acme", socket))
	r.start()
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
	said <- struct{}{} // the edge has the whole answer, and its line waits
	<-said
	r.get("acme.longhouse.localhost", "/").want(t, 200, "hello")
}

func TestAnInstancesHeaderIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route, _ := r.scripted("acme", func(int64, *http.Request) string {
		return "HTTP/1.1 200 OK\r\nX-Long: " + strings.Repeat("a", maxUpstreamHeader) + "\r\nContent-Length: 0\r\n\r\n"
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 502, "")
}

func TestEarlyHintsReachTheClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route, _ := r.scripted("acme", func(int64, *http.Request) string {
		return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + shortAnswer
	})
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	conn := dialEdge(t, r)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
	must(t, err)
	text := textproto.NewReader(bufio.NewReader(conn))
	if line, err := text.ReadLine(); err != nil || !strings.Contains(line, "103") {
		t.Errorf("%q %v", line, err)
	}
}

func TestAClientThatLeavesEndsItsCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entered, left := make(chan struct{}), make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(entered)
		<-req.Context().Done()
		close(left)
	})))
	r.start()
	r.waitVersion(1)
	conn := dialEdge(t, r)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
	must(t, err)
	<-entered
	must(t, conn.Close())
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Error("the instance still works for nobody")
	}
}

// TestARequestGivenUpInTheFirstMomentIsLetGo: the time limit of the answer may be set just after the one that ends the wait
// for who has left.
func TestARequestGivenUpInTheFirstMomentIsLetGo(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	ctx, leave := context.WithCancel(t.Context())
	c := &call{line: &line{Conn: near}}
	must(t, c.within(ctx, time.Now().Add(time.Hour)))
	leave()
	if err := c.within(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("waits on for who has left: %v", err)
	}
}
