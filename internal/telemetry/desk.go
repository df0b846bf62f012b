package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// checksWithin is how long a process may take to find out whether it is ready.
const checksWithin = 5 * time.Second

// Check returns nil where a part of the process can do its work, else why not, in a sentence that may be shown to whoever
// asks.
type Check func(context.Context) error

// Desk is what a process answers about itself: its figures at /metrics, that it answers at /healthz, and whether it can do its
// work, as all the checks say, at /readyz.
func Desk(r *prometheus.Registry, checks ...Check) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", MetricsHandler(r))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checksWithin)
		defer cancel()
		var reasons []string
		for _, check := range checks {
			if err := check(ctx); err != nil {
				reasons = append(reasons, err.Error())
			}
		}
		answer(w, reasons)
	})
	return mux
}

func answer(w http.ResponseWriter, reasons []string) {
	said := struct {
		Status  string   `json:"status"`
		Reasons []string `json:"reasons,omitempty"`
	}{"ok", reasons}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if len(reasons) > 0 {
		said.Status = "not ready"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(said) // nobody is left to tell
}
