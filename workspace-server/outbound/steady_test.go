package outbound

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

func TestASteadyClientKeepsItsConnection(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	web.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	web.Start()
	t.Cleanup(web.Close)
	var log strings.Builder
	own, err := egress.ParseNetworks("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	c := NewSteady(config.Integrations{Networks: own}, nil, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		if a, err := c.Do(t.Context(), Call{For: "push", Method: http.MethodPost, URL: web.URL + "/secret"}); err != nil || !a.OK() {
			t.Fatal(a, err)
		}
	}
	if opened.Load() != 1 || log.Len() != 0 {
		t.Errorf("%d connections, and it said %s", opened.Load(), &log)
	}
	if _, err := NewSteady(config.Integrations{}, nil, slog.New(slog.NewTextHandler(&log, nil))).Do(t.Context(), Call{For: "push", Method: http.MethodPost, URL: web.URL + "/secret"}); err == nil ||
		!strings.Contains(log.String(), "could not be called") || strings.Contains(log.String(), "secret") {
		t.Errorf("inside: %v, and it said %s", err, &log)
	}
}
