package process

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// figures are what the agent tells a Prometheus.
func (m *machine) figures(t *testing.T) string {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", Socket(m.cfg.Dir))
	}}}
	resp, err := c.Get("http://agent/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	return string(body)
}

func TestInstancesThatComeToNothingAreCountedAndNotNamed(t *testing.T) {
	t.Parallel()
	m := setup(t)
	well, crashing := m.Desired(t), m.Desired(t)
	crashing.Args = []string{"play-crash"}
	m.run(t, well)
	for _, want := range []string{`longhouse_instances{state="running"} 1`, "longhouse_instances_failing 0", `longhouse_instance_ends_total{how="by_itself"} 0`, "longhouse_isolation_missing "} {
		if text := m.figures(t); !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if err := m.client.Apply(t.Context(), crashing); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an instance that fails", func() bool { return strings.Contains(m.figures(t), "\nlonghouse_instances_failing 1\n") })
	text := m.figures(t)
	if strings.Contains(text, `longhouse_instance_ends_total{how="by_itself"} 0`) || !strings.Contains(text, `longhouse_instance_ends_total{how="out_of_memory"} 0`) {
		t.Errorf("the ends are counted so:\n%s", text)
	}
	for _, id := range []string{well.ID, crashing.ID} {
		if strings.Contains(text, id) {
			t.Errorf("the figures name %s", id)
		}
	}
	if err := m.client.Remove(t.Context(), crashing.ID, 1); err != nil {
		t.Fatal(err)
	}
	if text := m.figures(t); !strings.Contains(text, "\nlonghouse_instances_failing 0\n") {
		t.Errorf("one that is removed still fails:\n%s", text)
	}
}
