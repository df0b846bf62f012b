package controlplane

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// addresses are those that clients of these tests come from: 127.0.0.10 and so on.
const addresses = 8

func address(i int) string { return fmt.Sprintf("127.0.0.%d", 10+i) }

// edgeNode is a real edge with a line of its own to the control plane, which can be cut.
type edgeNode struct {
	b      *bundle
	name   string
	dir    string
	listen string
	line   *line
	client [addresses]*http.Client
	stop   func()
}

func (b *bundle) edgeNode(name string) *edgeNode {
	b.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	b.must(err)
	b.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b.must(os.WriteFile(filepath.Join(dir, "token"), []byte(edgeToken), 0o600))
	first, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	n := &edgeNode{b: b, name: name, dir: dir, listen: first.Addr().String(), line: b.cuttable()}
	for i := range n.client {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address(i))}}
		transport := &http.Transport{MaxIdleConnsPerHost: 8, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return from.DialContext(ctx, "tcp", n.listen)
		}}
		b.t.Cleanup(transport.CloseIdleConnections)
		n.client[i] = &http.Client{Transport: transport}
	}
	n.run(first)
	return n
}

// start runs the edge again where it ran before, on what it kept.
func (n *edgeNode) start() {
	listener, err := net.Listen("tcp", n.listen)
	n.b.must(err)
	n.run(listener)
}

func (n *edgeNode) run(listener net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- edge.Run(ctx, edge.Config{Listener: listener, ControlURL: n.line.url, TokenFile: filepath.Join(n.dir, "token"), StateDir: filepath.Join(n.dir, "state"),
			AdminSocket: filepath.Join(n.dir, "admin"), BaseDomain: "longhouse.test", Name: n.name, Log: slog.New(slog.DiscardHandler)})
	}()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			n.b.t.Errorf("edge %s: %v", n.name, err)
		}
	})
	n.b.t.Cleanup(func() { n.stop() })
}

// line is a way to the control plane that can be cut.
type line struct {
	url string
	cut atomic.Bool

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func (b *bundle) cuttable() *line {
	l := &line{open: map[net.Conn]struct{}{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	b.t.Cleanup(func() { _ = listener.Close(); l.hangUp() })
	l.url = "http://" + listener.Addr().String()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", b.url[len("http://"):])
			if err != nil || !l.add(near, far) {
				_ = near.Close()
				continue
			}
			go func() { _, _ = io.Copy(far, near); l.end(near, far) }()
			go func() { _, _ = io.Copy(near, far); l.end(near, far) }()
		}
	}()
	return l
}

func (l *line) add(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		if l.cut.Load() {
			_ = c.Close()
			continue
		}
		l.open[c] = struct{}{}
	}
	return !l.cut.Load()
}

func (l *line) end(ends ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		_ = c.Close()
		delete(l.open, c)
	}
}

// hangUp cuts the line until mend.
func (l *line) hangUp() {
	l.cut.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close()
	}
}

func (l *line) mend() { l.cut.Store(false) }

// house is where a workspace of these tests lives: two instances, of which one serves at a time.
type house struct {
	b         *bundle
	workspace string
	host      string
	owner     string // the person
	token     string
	sockets   [2]string
}

func (b *bundle) house(slug string) *house {
	b.t.Helper()
	done := b.signUp(slug)
	h := &house{b: b, workspace: done.Workspace.ID, host: slug + ".longhouse.test", owner: done.Person, token: done.Token}
	dir, err := os.MkdirTemp("/tmp", "lh")
	b.must(err)
	b.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for i := range h.sockets {
		h.sockets[i] = filepath.Join(dir, fmt.Sprintf("s%d", i))
		listener, err := net.Listen("unix", h.sockets[i])
		b.must(err)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, h.host) }))
		_ = server.Listener.Close()
		server.Listener = listener
		server.Start()
		b.t.Cleanup(server.Close)
	}
	h.route(tenants.Serving, 0)
	return h
}

// route has the workspace's route lead to an instance, or nowhere, and returns the version of that.
func (h *house) route(state tenants.RouteState, instance int) int64 {
	h.b.t.Helper()
	r := tenants.Route{Workspace: h.b.uuid(id.Workspace, h.workspace), Hosts: []string{h.host}, State: state, Address: h.sockets[instance]}
	if state == tenants.Gone {
		r.Hosts = nil
	}
	h.b.must(pgx.BeginFunc(h.b.t.Context(), h.b.pool, func(tx pgx.Tx) error { return h.b.store.SetRoute(h.b.t.Context(), tx, r) }))
	version, err := h.b.store.RouteVersion(h.b.t.Context())
	h.b.must(err)
	return version
}
