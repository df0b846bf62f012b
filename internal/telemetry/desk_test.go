package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestADeskTellsFiguresHealthAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) error { return nil }
	lacks := func(what string) Check { return func(context.Context) error { return errors.New(what) } }
	ask := func(desk http.Handler, method, path string) (int, string) {
		w := httptest.NewRecorder()
		desk.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String()
	}
	ready, not := Desk(NewRegistry(), fine), Desk(NewRegistry(), lacks("no database"), fine, lacks("no cell"))
	for _, c := range []struct {
		desk   http.Handler
		path   string
		status int
		says   string
	}{
		{ready, "/healthz", http.StatusOK, `{"status":"ok"}`},
		{ready, "/readyz", http.StatusOK, `{"status":"ok"}`},
		{not, "/healthz", http.StatusOK, `{"status":"ok"}`},
		{not, "/readyz", http.StatusServiceUnavailable, `{"status":"not ready","reasons":["no database","no cell"]}`},
		{not, "/metrics", http.StatusOK, "longhouse_build_info{"},
	} {
		if status, body := ask(c.desk, http.MethodGet, c.path); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
		if status, _ := ask(c.desk, http.MethodHead, c.path); status != c.status {
			t.Errorf("HEAD %s: %d", c.path, status)
		}
	}
	if status, _ := ask(ready, http.MethodPost, "/healthz"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", status)
	}
}
