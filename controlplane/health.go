package controlplane

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Where balancers and supervisors ask.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// ProcessHeader names the process that answers /healthz and /readyz: while one takes another's place, two share a socket.
const ProcessHeader = "Longhouse-Process"

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set(ProcessHeader, strconv.Itoa(os.Getpid()))
	fine(w)
}

// readyz says that the database is reachable and has the schema of this build.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(ProcessHeader, strconv.Itoa(os.Getpid()))
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := db.Current(ctx, s.config.Pool, tenants.Migrations())
	if err == nil {
		fine(w)
		return
	}
	detail := db.Trouble(err)
	if detail == "" {
		detail = "the control plane's database can't be reached"
	}
	noteFailure(r.Context(), err)
	writeProblem(w, problem(r.Context(), http.StatusServiceUnavailable, detail))
}

func fine(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
}
