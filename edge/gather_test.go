package edge

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// slowly sends the head of a POST and the first half of its body of eight bytes, and returns the connection.
func (r *rig) slowly(header string) net.Conn {
	r.t.Helper()
	conn := dialEdge(r.t, r)
	_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 8\r\n"+header+"\r\nhalf")
	must(r.t, err)
	return conn
}

// echoing is an instance that answers with what it was sent, and tells when it has heard of a request.
func echoing() (h http.Handler, heard chan struct{}) {
	heard = make(chan struct{}, 8)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		heard <- struct{}{}
		body, _ := io.ReadAll(req.Body)
		fmt.Fprintf(w, "%s %d", body, req.ContentLength)
	}), heard
}

func TestASmallBodyHoldsNoPlaceUntilItIsWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h, heard := echoing()
	r.control.set(1, r.instance("acme", h))
	r.start()
	r.waitVersion(1)
	r.has("acme", 1)
	conn := r.slowly("")
	eventually(t, "it is waited for", func() bool { return r.server.proxy.gathering.count() == 1 })
	r.get("acme.longhouse.localhost", "/").want(t, 200, " 0")
	soon(t, "the instance hears of it", heard)
	if len(heard) != 0 {
		t.Error("the instance has heard of half a body")
	}
	_, err := io.WriteString(conn, "half")
	must(t, err)
	readAnswer(t, conn).want(t, 200, "halfhalf 8")
	eventually(t, "its place is free", func() bool { return r.server.proxy.gathering.count() == 0 })
}

// TestABodyThatIsNotWaitedForIsStreamed: there is no room, or its client waits for a word of the instance.
func TestABodyThatIsNotWaitedForIsStreamed(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{"no room": "", "expected": "Expect: 100-continue\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			h, heard := echoing()
			r.control.set(1, r.instance("acme", h))
			r.start(func(s *server) {
				if header == "" {
					s.proxy.gathering.total = 0
				}
			})
			r.waitVersion(1)
			conn := r.slowly(header)
			soon(t, "the instance hears of it", heard)
			_, err := io.WriteString(conn, "half")
			must(t, err)
			if header != "" {
				_, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n")))
				must(t, err)
			}
			readAnswer(t, conn).want(t, 200, "halfhalf 8")
		})
	}
}

func TestARequestGoesWhereItsWorkspaceIsOnceItsBodyIsWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("first")))
	r.start()
	r.waitVersion(1)
	conn := r.slowly("")
	eventually(t, "it is waited for", func() bool { return r.server.proxy.gathering.count() == 1 })
	moved := r.instance("acme2", says("second"))
	moved.WorkspaceID, moved.Hosts = "ws_acme", []string{"acme.longhouse.localhost"}
	r.control.change(2, moved)
	r.waitVersion(2)
	_, err := io.WriteString(conn, "half")
	must(t, err)
	readAnswer(t, conn).want(t, 200, "second")
}

// TestABodyThatNeverGetsWholeIsItsClientsFault, not the instance's.
func TestABodyThatNeverGetsWholeIsItsClientsFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rest, refused string }{
		"a small one":          {"Content-Length: 8\r\n\r\nhalf", "client_left"},
		"a large one":          {"Content-Length: 800000\r\n\r\nhalf", "client_left"},
		"chunks that are none": {"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nhalf\r\n", "bad_body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			h, _ := echoing()
			r.control.set(1, r.instance("acme", h))
			r.start()
			r.waitVersion(1)
			conn := dialEdge(t, r)
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n"+c.rest)
			must(t, err)
			must(t, conn.(*net.TCPConn).CloseWrite())
			eventually(t, "the access log says so", func() bool {
				lines := r.logs.access(t)
				return len(lines) == 1 && lines[0]["refused"] == c.refused
			})
		})
	}
}

// TestARefusalDoesNotWaitForTheBody, and its connection does not for long.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	t.Parallel()
	const half = "POST / HTTP/1.1\r\nHost: never.longhouse.localhost\r\nContent-Length: 8\r\n\r\nhalf"
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start()
	r.waitVersion(1)
	r.raw(half).want(t, 404, "") // within 10 s, and a body has 30

	hasty := newRig(t)
	hasty.control.set(1, hasty.instance("acme", says("here")))
	hasty.start(func(s *server) { s.proxy.bodyStall = 50 * time.Millisecond })
	hasty.waitVersion(1)
	conn := dialEdge(t, hasty)
	_, err := io.WriteString(conn, half)
	must(t, err)
	_, err = io.Copy(io.Discard, conn) // until it ends
	must(t, err)
}

// TestAnInstanceMayRefuseABodyUnseen: the client asked first, hears the answer, and is not told to go on.
func TestAnInstanceMayRefuseABodyUnseen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})))
	r.start()
	r.waitVersion(1)
	r.raw("POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n").want(t, 413, "too large")
}
