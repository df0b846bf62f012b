package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const testToken = "edge-token-of-a-test"

// rig is an edge with a control plane's stream in front and instances behind it, all real sockets.
type rig struct {
	t       *testing.T
	dir     string // short, for sockets
	control *control
	config  Config
	logs    *logBuffer

	server *server
	stop   func() error // ends the edge and gives Run's error; may be called again
}

// setup starts an edge that has learned the routes.
func setup(t *testing.T, routes ...feed.Route) *rig {
	t.Helper()
	r := newRig(t)
	r.control.set(1, routes...)
	r.start()
	r.waitVersion(1)
	return r
}

// newRig starts nothing but the control plane, which knows nothing until set.
func newRig(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &rig{t: t, dir: dir, control: newControl(t), logs: &logBuffer{}}
	token := filepath.Join(dir, "token")
	must(t, os.WriteFile(token, []byte(testToken+"\n"), 0o600))
	r.config = Config{
		Listen: "127.0.0.1:0", ControlURL: r.control.URL, TokenFile: token, StateDir: filepath.Join(dir, "state"),
		Name: "rig", AdminSocket: filepath.Join(dir, "admin"), BaseDomain: "longhouse.localhost",
		Log: slog.New(slog.NewJSONHandler(r.logs, nil)), AccessLog: r.logs,
	}
	return r
}

func (r *rig) start(tune ...func(*server)) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := newServer(ctx, r.config)
	must(r.t, err)
	s.spread, s.farewell = 10*time.Millisecond, 0
	for _, f := range tune {
		f(s)
	}
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	r.server = s
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	r.t.Cleanup(func() { _ = r.stop() })
}

func (r *rig) addr() string { return r.server.listener.Addr().String() }

func (r *rig) waitVersion(v int64) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("version %d", v), func() bool {
		return r.server.keeper.table.Ready() && r.server.keeper.table.Version() == v
	})
}

// get asks the edge for http://host/path.
func (r *rig) get(host, path string, header ...string) *answerOf {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+r.addr()+path, nil)
	must(r.t, err)
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return r.do(req)
}

func (r *rig) do(req *http.Request) *answerOf {
	r.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}, Timeout: 20 * time.Second}
	res, err := client.Do(req)
	must(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &answerOf{Response: res, body: string(body), err: err}
}

// raw sends bytes as they are and reads the first answer.
func (r *rig) raw(request string) *answerOf {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr())
	must(r.t, err)
	defer conn.Close()
	must(r.t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, request)
	must(r.t, err)
	return readAnswer(r.t, conn)
}

func (r *rig) admin(path string) *answerOf {
	r.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", r.config.AdminSocket)
		}}}
	res, err := client.Get("http://admin" + path)
	must(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(r.t, err)
	return &answerOf{Response: res, body: string(body)}
}

// instance serves h on a unix socket and returns the route to it at <slug>.longhouse.localhost.
func (r *rig) instance(slug string, h http.Handler) feed.Route {
	r.t.Helper()
	return instanceAt(r.t, filepath.Join(r.dir, slug+".sock"), slug, h)
}

func instanceAt(t testing.TB, socket, slug string, h http.Handler) feed.Route {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	must(t, err)
	srv := httptest.NewUnstartedServer(h)
	_ = srv.Listener.Close()
	srv.Listener = listener
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return routeTo(slug, socket)
}

func routeTo(slug, socket string) feed.Route {
	return feed.Route{WorkspaceID: "ws_" + slug, Version: 1, Hosts: []string{slug + ".longhouse.localhost"},
		State: feed.StateServing, Upstream: feed.Upstream{Network: "unix", Address: socket}}
}

func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

type answerOf struct {
	*http.Response
	body string
	err  error
}

func (a *answerOf) want(t *testing.T, status int, contains string) {
	t.Helper()
	if a.StatusCode != status || !strings.Contains(a.body, contains) {
		t.Fatalf("got %d %.300q, want %d with %q", a.StatusCode, a.body, status, contains)
	}
}

// logBuffer is written by the edge while the test reads it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// access returns the lines of the access log.
func (l *logBuffer) access(t *testing.T) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var entry map[string]any
		must(t, json.Unmarshal([]byte(line), &entry))
		if entry["msg"] == "request" {
			lines = append(lines, entry)
		}
	}
	return lines
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 10 s in vain for: %s", what)
		}
	}
}

func soon(t testing.TB, what string, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(10 * time.Second):
		t.Fatalf("waited 10 s in vain for: %s", what)
	}
}
