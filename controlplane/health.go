package controlplane

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"sync"
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
	fine(w, nil)
}

// roomLook remembers for a moment whether the database has room: everybody may ask, and to look takes a file.
type roomLook struct {
	mu   sync.Mutex
	at   time.Time
	came error
}

// roomLookEvery is how old what is remembered may be.
const roomLookEvery = time.Second

func (l *roomLook) is(look func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at.IsZero() || time.Since(l.at) > roomLookEvery {
		l.came, l.at = look(), time.Now()
	}
	return l.came
}

// readyz says that the database is reachable, has the schema of this build and has room for what is written.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(ProcessHeader, strconv.Itoa(os.Getpid()))
	// Whoever asks at the same time gets the same answer, so that nobody's leaving may spoil it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*time.Second)
	defer cancel()
	err := db.Current(ctx, s.config.Pool, tenants.Migrations())
	if err == nil {
		err = s.room.is(func() error { return db.Room(ctx, s.config.Pool) })
	}
	if err == nil {
		fine(w, s.notCompared(ctx))
		return
	}
	noteFailure(r.Context(), err)
	writeProblem(w, problem(r.Context(), http.StatusServiceUnavailable, db.Unready(err)))
}

// notCompared names the cells that nobody works in yet, after a restore. The rest is served all the same.
func (s *Server) notCompared(ctx context.Context) (names []string) {
	list, err := s.store.Unreconciled(ctx)
	if err != nil {
		s.log.Error("cells that were not compared with the control plane's database can't be listed", "error", err)
	}
	for _, r := range list {
		names = append(names, r.CellName)
	}
	return names
}

func fine(w http.ResponseWriter, notCompared []string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Status      string   `json:"status"`
		NotCompared []string `json:"cells_not_compared,omitempty"`
	}{"ok", notCompared}) // nobody is left to tell
}
