package up

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// figures are those of a machine whose parts are the sockets that a test makes.
func figures(t *testing.T) (m *machine, ask func(path string) (int, string)) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // sockets need a short path
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	log := slog.New(slog.DiscardHandler)
	m = &machine{layout: datadir.Layout{Root: dir}, log: log}
	must(t, os.MkdirAll(m.layout.RolesDir(), 0o700))
	m.children, err = supervisor.New(m.layout.Children(), log)
	must(t, err)
	shows := httptest.NewServer(m.metricsHandler())
	t.Cleanup(shows.Close)
	return m, func(path string) (int, string) {
		resp, err := http.Get(shows.URL + path)
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(body)
	}
}

// speaks puts a part on a socket that answers with its name and what it was asked for, until end is called; the socket stays, as
// that of a process that was killed does.
func speaks(t *testing.T, socket, name string) (end func()) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(socket), 0o700))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, name+r.URL.Path)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return func() { must(t, server.Close()) }
}

func TestEachProcessIsAskedOnASocketOfItsOwn(t *testing.T) {
	t.Parallel()
	m, ask := figures(t)
	speaks(t, m.layout.EdgeSocket(), "edge")
	speaks(t, process.Socket(m.layout.Root), "agent")
	speaks(t, m.layout.StoreSocket(), "store")
	speaks(t, m.layout.RoleSocket("control"), "control")
	killed := speaks(t, m.layout.RoleSocket("worker"), "worker")
	speaks(t, m.layout.RoleSocket("worker-2"), "worker-2")
	must(t, os.WriteFile(filepath.Join(m.layout.RolesDir(), "worker.lock"), nil, 0o600))
	for path, want := range map[string]string{"/metrics/edge": "edge/metrics", "/metrics/agent": "agent/metrics", "/metrics/store": "store/metrics", "/metrics/control": "control/metrics", "/metrics/worker": "worker/metrics",
		"/metrics/worker-2": "worker-2/metrics", "/healthz/worker-2": "worker-2/healthz", "/readyz/worker": "worker/readyz"} {
		if status, body := ask(path); status != http.StatusOK || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	killed()
	for path, want := range map[string]int{"/metrics/worker": http.StatusBadGateway, "/readyz/worker": http.StatusBadGateway, "/metrics/control": http.StatusOK,
		"/metrics/worker-2": http.StatusOK, "/metrics/nobody": http.StatusNotFound, "/metrics/..%2Fagent": http.StatusNotFound} {
		if status, body := ask(path); status != want {
			t.Errorf("after the end of a worker %s: %d %s", path, status, body)
		}
	}
	must(t, os.Remove(m.layout.RoleSocket("worker"))) // a successor is reached at once, and not over a connection that was kept
	speaks(t, m.layout.RoleSocket("worker"), "successor")
	if _, body := ask("/metrics/worker"); body != "successor/metrics" {
		t.Errorf("the successor's figures are %s", body)
	}
}

func TestAPrometheusIsToldWhomToAsk(t *testing.T) {
	t.Parallel()
	m, ask := figures(t)
	speaks(t, m.layout.RoleSocket("worker-2"), "")
	speaks(t, m.layout.RoleSocket("worker-b"), "")
	speaks(t, m.layout.RoleSocket("solo-a"), "")
	killed := speaks(t, m.layout.RoleSocket("worker"), "")
	killed() // and is missed
	var list []target
	_, body := ask("/targets")
	must(t, json.Unmarshal([]byte(body), &list))
	jobs := map[string]string{}
	for _, group := range list {
		if len(group.Targets) != 1 || group.Labels["__metrics_path__"] != "/metrics/"+group.Labels["process"] {
			t.Errorf("%+v", group)
		}
		jobs[group.Labels["process"]] = group.Labels["job"]
	}
	for process, job := range map[string]string{"edge": "longhouse-edge", "store": "longhouse-store", "control": "longhouse-control", "worker": "longhouse-worker", "worker-2": "longhouse-worker", "worker-b": "longhouse-worker", "solo-a": "longhouse-solo"} {
		if jobs[process] != job {
			t.Errorf("%s is of job %q", process, jobs[process])
		}
	}
}

// TestAPartLeadsNobodyElsewhere has one put a link where its socket should be.
func TestAPartLeadsNobodyElsewhere(t *testing.T) {
	t.Parallel()
	m, ask := figures(t)
	elsewhere := filepath.Join(m.layout.Root, "s")
	speaks(t, elsewhere, "secret")
	must(t, errors.Join(os.MkdirAll(filepath.Dir(m.layout.EdgeSocket()), 0o700), os.Symlink(elsewhere, m.layout.EdgeSocket()), os.Symlink(elsewhere, m.layout.RoleSocket("worker"))))
	for path, want := range map[string]int{"/metrics/edge": http.StatusBadGateway, "/metrics/worker": http.StatusNotFound} {
		if status, body := ask(path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
