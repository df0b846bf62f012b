package edge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// witness stands on both sides of the gate: it takes down each request that the gate is given and what the instance, at
// acme.longhouse.localhost, hears on its real socket, byte by byte, and compares the two.
type witness struct {
	gate *gate

	mu     sync.Mutex
	heard  []*heardRequest
	faults []string
}

type heardRequest struct {
	*http.Request
	body []byte
}

func newWitness(f *testing.F) *witness {
	f.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	must(f, err)
	f.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	must(f, err)
	f.Cleanup(func() { _ = listener.Close() })
	table := NewTable()
	_, err = table.Replace(feed.Message{Version: 1, Routes: []feed.Route{routeTo("acme", socket)}})
	must(f, err)
	silence := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w := &witness{gate: newGate(table, openBarrier(), newProxy(newTunnels(), &retries{}, silence), newMetrics(), nil)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go w.answer(conn)
		}
	}()
	return w
}

func (w *witness) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// answer is the instance's side of one connection. A request that is cut off never came.
func (w *witness) answer(conn net.Conn) {
	defer conn.Close()
	for requests := bufio.NewReader(conn); ; {
		r, err := http.ReadRequest(requests)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
				w.fault("the instance can't read it: %v", err)
			}
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if behind, _ := requests.Peek(requests.Buffered()); len(behind) > 0 {
			w.fault("behind the request comes %q", behind)
		}
		w.mu.Lock()
		w.heard = append(w.heard, &heardRequest{r, body})
		w.mu.Unlock()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
}

// ServeHTTP gives r to the gate. What that refused nobody may have heard; else exactly this was.
func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	asked, status := r.Clone(r.Context()), &answerWriter{ResponseWriter: rw}
	var body bytes.Buffer
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, &body), r.Body}
	w.gate.ServeHTTP(status, r)
	w.mu.Lock()
	heard := w.heard
	w.heard = nil
	w.mu.Unlock()
	switch {
	case len(heard) == 1:
		w.compare(asked, body.Bytes(), heard[0])
	case len(heard) > 1 || status.status < 400:
		w.fault("it was answered %d, and the instance heard %d requests", status.status, len(heard))
	}
}

func (w *witness) compare(asked *http.Request, body []byte, heard *heardRequest) {
	if host, err := canonicalHost(asked.Host); err != nil || host != "acme.longhouse.localhost" || !strings.HasPrefix(heard.Host, host) ||
		!strings.HasSuffix(strings.ToLower(asked.Host), heard.Host[len(host):]) {
		w.fault("asked for the host %q, %v; the instance heard %q", asked.Host, err, heard.Host)
	}
	for _, named := range asked.Header["Host"] { // over HTTP/2
		if !strings.EqualFold(named, asked.Host) {
			w.fault("asked for the hosts %q and %q", asked.Host, named)
		}
	}
	target := asked.RequestURI
	if !strings.HasPrefix(target, "/") {
		target = asked.URL.RequestURI()
	}
	if heard.Method != asked.Method || heard.RequestURI != target || !bytes.Equal(heard.body, body) {
		w.fault("asked was %s %q with %q, the instance heard %s %q with %q", asked.Method, target, body, heard.Method, heard.RequestURI, heard.body)
	}
	own := []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}
	for name, values := range heard.Header {
		forged := slices.Contains(untrusted, name) || strings.HasPrefix(name, "X-Longhouse-") || strings.HasPrefix(name, "X-Forwarded-") && !slices.Contains(own, name)
		hop := (name == "Upgrade" || name == "Connection" && values[0] != "close") && !isWebSocket(asked)
		if forged || hop || slices.Contains(own, name) && len(values) != 1 {
			w.fault("the instance heard %s: %q", name, values)
		}
	}
	if heard.Header.Get("X-Forwarded-For") != clientAddress(asked.RemoteAddr).String() || heard.Header.Get("X-Forwarded-Host") != heard.Host {
		w.fault("the instance heard that %q asked for %q", heard.Header.Get("X-Forwarded-For"), heard.Header.Get("X-Forwarded-Host"))
	}
}

// testify fails the test with what was wrong since the last time.
func (w *witness) testify(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		t.Error(fault)
	}
	w.faults = nil
}
