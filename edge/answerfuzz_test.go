package edge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// FuzzHandshake: no answer of an instance to a handshake crashes the edge, and one that declines it reaches the client as it is.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00"))
	f.Add([]byte("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 403 Forbidden\r\nConnection: X-Hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 099 Odd\r\nContent-Length: 9\r\n\r\nok"))
	f.Add([]byte(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9)))
	p := newProxy(newTunnels(), &retries{}, nil)
	f.Fuzz(func(t *testing.T, answer []byte) {
		x := newTestExchange("acme.longhouse.localhost")
		res, err := readResponse(bufio.NewReader(bytes.NewReader(answer)), x.r)
		if err != nil || res.StatusCode == http.StatusSwitchingProtocols {
			return
		}
		if res.StatusCode < http.StatusOK {
			t.Fatalf("an interim answer was taken for the answer: %d", res.StatusCode)
		}
		hop := res.Header.Get("Connection")
		func() {
			defer func() {
				if fault := recover(); fault != nil && fault != any(http.ErrAbortHandler) { // a body that ends early is cut off
					panic(fault)
				}
			}()
			p.declined(x.exchange, res)
		}()
		if x.recorder.Code != res.StatusCode || x.recorder.Header().Get("Connection") != "" || hop != "" && x.recorder.Header().Get(hop) != "" {
			t.Errorf("%q reaches the client as %d with %v", answer, x.recorder.Code, x.recorder.Header())
		}
	})
}

// odd is an instance that answers /first with any bytes, some of them unasked, and every other request as it should.
type odd struct {
	socket string
	mu     sync.Mutex
	script
}

type script struct {
	asked, unasked    []byte
	told, goOn, ended chan struct{} // asked was said; unasked may be; it was, too
	ends              bool          // the connection, after that
}

func newOdd(f *testing.F) *odd {
	f.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	must(f, err)
	f.Cleanup(func() { _ = os.RemoveAll(dir) })
	o := &odd{socket: filepath.Join(dir, "s")}
	listener, err := net.Listen("unix", o.socket)
	must(f, err)
	f.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go o.answer(conn)
		}
	}()
	return o
}

const ownAnswer = "HTTP/1.1 200 OK\r\nX-Own: yes\r\nContent-Length: 3\r\n\r\nown"

func (o *odd) answer(conn net.Conn) {
	defer conn.Close()
	for requests := bufio.NewReader(conn); ; {
		r, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if r.URL.Path != "/first" {
			_, _ = io.WriteString(conn, ownAnswer)
			continue
		}
		o.mu.Lock()
		s := o.script
		o.mu.Unlock()
		_, _ = conn.Write(s.asked)
		close(s.told)
		<-s.goOn
		_, _ = conn.Write(s.unasked)
		if s.ends {
			_ = conn.Close()
		}
		close(s.ended)
	}
}

// lineRequest is a way to ask an instance.
type lineRequest struct {
	method string
	body   func() io.ReadCloser // of seven bytes; nil is none
}

var lineRequests = []lineRequest{
	{http.MethodGet, nil}, {http.MethodHead, nil}, {http.MethodDelete, nil},
	{http.MethodPost, func() io.ReadCloser { return gathered{bytes.NewReader([]byte("content"))} }},
	{http.MethodPost, func() io.ReadCloser { return io.NopCloser(strings.NewReader("content")) }},
}

// FuzzLine: whatever an instance sends, asked or not, the next request to it gets its own answer, or with a body none.
func FuzzLine(f *testing.F) {
	for _, answer := range []string{shortAnswer, shortAnswer + shortAnswer, "",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + shortAnswer,
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
		"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
	} {
		for kind := range lineRequests {
			f.Add([]byte(answer), []byte{}, kind, false)
			f.Add([]byte(answer), []byte(shortAnswer), kind, false)
			f.Add([]byte(answer), []byte{}, kind, true)
		}
	}
	o := newOdd(f)
	f.Fuzz(func(t *testing.T, asked, unasked []byte, kind int, ends bool) {
		if kind < 0 || kind >= len(lineRequests) {
			return
		}
		ask := lineRequests[kind]
		s := script{asked, unasked, make(chan struct{}), make(chan struct{}), make(chan struct{}), ends}
		o.mu.Lock()
		o.script = s
		o.mu.Unlock()
		u := newUpstream(o.socket)
		defer u.retire()
		patience, giveUp := context.WithCancel(t.Context())
		defer giveUp()
		go func() {
			<-s.told
			time.AfterFunc(50*time.Millisecond, giveUp) // an answer may never be whole
		}()
		if res, _, err := send(patience, t, u, ask, "/first"); err == nil && res.StatusCode < http.StatusOK {
			t.Errorf("%q was taken for an answer", asked)
		}
		close(s.goOn)
		<-s.ended
		res, body, err := send(t.Context(), t, u, ask, "/second")
		if err != nil && ask.body != nil { // which isn't sent again when the instance has closed the connection
			return
		}
		if err != nil || res.Header.Get("X-Own") != "yes" || ask.method != http.MethodHead && body != "own" {
			t.Errorf("after %q and %q the next request is answered %v %q, %v", asked, unasked, res, body, err)
		}
	})
}

// send sends a request through the upstream and reads the answer, and lets go of it.
func send(ctx context.Context, t *testing.T, u *upstream, ask lineRequest, path string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, ask.method, "http://acme"+path, nil)
	must(t, err)
	if ask.body != nil {
		req.Body, req.ContentLength = ask.body(), 7
	}
	res, err := u.send(req)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res, string(body), errors.Join(err, res.Body.Close())
}
