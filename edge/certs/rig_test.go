package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
)

// hosts are those of a test.
type hosts struct {
	mu    sync.Mutex
	names map[string]bool
}

func (h *hosts) Ready() bool { return true }

func (h *hosts) Has(host string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.names[host]
}

func (h *hosts) set(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names = map[string]bool{}
	for _, name := range names {
		h.names[name] = true
	}
}

// rig is a control plane and an edge's certificates.
type rig struct {
	t       *testing.T
	signer  *certstest.Control
	control *httptest.Server
	config  Config
	hosts   *hosts
	logs    *logBuffer
	signed  atomic.Int64
	certs   *Certs
	stop    func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, signer: certstest.NewControl(t, "longhouse.localhost"), hosts: &hosts{}, logs: &logBuffer{}}
	r.signer.Signed = func(string) { r.signed.Add(1) }
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log says:\n%s", r.logs)
		}
	})
	mux := http.NewServeMux()
	r.signer.Handle(mux)
	r.control = httptest.NewServer(mux)
	t.Cleanup(r.control.Close)
	r.hosts.set("a.longhouse.localhost", "b.longhouse.localhost")
	r.config = Config{ControlURL: r.control.URL, TokenFile: token(t), Dir: filepath.Join(t.TempDir(), "tls"), Hosts: r.hosts, Log: slog.New(slog.NewTextHandler(r.logs, nil))}
	return r
}

func setup(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.start()
	return r
}

func (r *rig) start(tune ...func(*Certs)) {
	r.t.Helper()
	e, err := Open(r.config)
	must(r.t, err)
	e.every, e.heeds = 5*time.Millisecond, 20*time.Millisecond
	for _, f := range tune {
		f(e)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { e.Run(ctx); close(done) }()
	r.certs, r.stop = e, sync.OnceFunc(func() { cancel(); <-done })
	r.t.Cleanup(r.stop)
}

func (r *rig) get(host string) (*x509.Certificate, error) {
	r.t.Helper()
	c, err := r.certs.For(r.t.Context(), hello(), host)
	if err != nil {
		return nil, err
	}
	return c.Leaf, nil
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func hello() *tls.ClientHelloInfo { return &tls.ClientHelloInfo{} }

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 15 s in vain for: %s", what)
		}
	}
}

// logBuffer is written while the test reads it.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
