package self

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// shown asks at the address of the figures.
func shown(m *machine.Machine, path string) (int, string, error) {
	resp, err := http.Get(strings.TrimSuffix(m.Up.Metrics, "/metrics") + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func shows(t *testing.T, m *machine.Machine, path string, status int, parts ...string) {
	t.Helper()
	machine.Eventually(t, 30*time.Second, path+" to be as it should", func() error {
		got, body, err := shown(m, path)
		if err != nil || got != status {
			return fmt.Errorf("it is answered %d %.300s: %w", got, body, err)
		}
		for _, part := range parts {
			if want := strings.TrimPrefix(part, "no "); strings.Contains(body, want) == (want != part) {
				return fmt.Errorf("it should have %s", part)
			}
		}
		return nil
	})
}

// targets are the processes that a Prometheus is told to ask.
func targets(t *testing.T, m *machine.Machine) string {
	t.Helper()
	var list []struct {
		Labels struct {
			Process string `json:"process"`
		} `json:"labels"`
	}
	_, body, err := shown(m, "/targets")
	if err == nil {
		err = json.Unmarshal([]byte(body), &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	names := " "
	for _, one := range list {
		names += one.Labels.Process + " "
	}
	return names
}

// TestAWorkersFiguresAreItsOwn: workers beside the API take nothing of it away, neither while they run nor when they are killed, and
// each is asked by itself.
func TestAWorkersFiguresAreItsOwn(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--no-worker")
	api := func() {
		t.Helper()
		shows(t, m, "/metrics/control", http.StatusOK, "longhouse_api_requests_total", "longhouse_tenants", "longhouse_database_up 1", "no longhouse_worker_")
		shows(t, m, "/readyz/control", http.StatusOK)
	}
	api()
	shows(t, m, "/metrics/store", http.StatusOK, "longhouse_store_requests_total", "longhouse_store_free_bytes", "process_open_fds", "no longhouse_api_")
	shows(t, m, "/readyz/store", http.StatusOK)
	first := m.Worker(t, "")
	second := m.Worker(t, "")
	for _, name := range []string{"worker", "worker-2"} {
		shows(t, m, "/readyz/"+name, http.StatusOK)
		shows(t, m, "/healthz/"+name, http.StatusOK)
		shows(t, m, "/metrics/"+name, http.StatusOK, `longhouse_worker_round_timestamp_seconds{round="nudge"}`, `longhouse_worker_cell_reached{cell="local"} 1`,
			"process_open_fds", "longhouse_database_connections", "no longhouse_api_", "no longhouse_tenants")
	}
	api()
	first.Signal(t, syscall.SIGKILL)
	second.Signal(t, syscall.SIGKILL)
	<-first.End
	<-second.End
	shows(t, m, "/metrics/worker", http.StatusBadGateway)
	if names := targets(t, m); !strings.Contains(names, " worker ") || !strings.Contains(names, " worker-2 ") {
		t.Errorf("those that were killed are not missed: %s", names)
	}
	api()
	third := m.Worker(t, "")
	shows(t, m, "/readyz/worker", http.StatusOK)
	third.Stop(t)
	if names := targets(t, m); strings.Contains(names, " worker ") {
		t.Errorf("one that ended in good order is missed: %s", names)
	}
	api()
}
