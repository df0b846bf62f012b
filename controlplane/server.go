package controlplane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/drain"
	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Server is the control plane's HTTP side. It is a handler; Run does what has to happen beside requests.
type Server struct {
	config    Config
	store     *tenants.Store
	hooks     *tenants.Webhooks
	tls       *tenants.TLS
	log       *slog.Logger
	now       func() time.Time
	holder    string // how idempotency keys call this process
	heartbeat time.Duration
	// bodyWithin is a field so that a test doesn't wait for long.
	bodyWithin time.Duration
	news       *news // of routes
	edgeNews   *news // of what edges have confirmed
	// confirmWithin is how long a save waits for the edges.
	confirmWithin time.Duration
	audience      *audience
	looks         *looks
	logging       places // for segments of the access log
	reading       places // for pages of it
	exporting     places // for exports of it, which last as long as a client reads
	attempts      *attempts
	upcalls       *attempts // what each workspace asks
	asks          *attempts // what anybody asks who need not sign in
	room          roomLook
	metrics       *metrics
	tracer        trace.Tracer
	router        *chi.Mux
	api           huma.API
}

// New returns a server on a migrated database.
func New(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	holder, err := proc.Name()
	if err != nil {
		return nil, fmt.Errorf("find a name for this process: %w", err)
	}
	s := newServer(c)
	s.holder = holder
	return s, nil
}

func newServer(c Config) *Server {
	registry, traces := c.Metrics, c.Traces
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	if traces == nil {
		traces = noop.NewTracerProvider()
	}
	s := &Server{config: c, store: c.Store, hooks: c.Store.Webhooks(c.ControlKey, c.Networks), tls: c.Store.TLS(c.ControlKey, c.TLSKey), log: c.Log, now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
		heartbeat: feed.HeartbeatEvery, bodyWithin: bodyWithin, news: newNews(), edgeNews: newNews(), confirmWithin: confirmWithin, audience: newAudience(), looks: newLooks(), logging: make(places, logPlaces), reading: make(places, logPlaces), exporting: make(places, logPlaces), attempts: newAttempts(), upcalls: newAttempts(), asks: newAttempts(),
		metrics: newMetrics(registry), tracer: traces.Tracer("longhouse/controlplane"), router: chi.NewMux()}
	s.route()
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Run watches the routes for the edges' streams and forgets what is over, until ctx ends. Streams that are open then end.
func (s *Server) Run(ctx context.Context) {
	var work sync.WaitGroup
	work.Go(func() { s.watchRoutes(ctx) })
	work.Go(func() { s.watchEdges(ctx) })
	work.Go(func() { s.watchOperations(ctx) })
	work.Go(func() { guard.Every(ctx, s.log, forgetEvery, "forget what is over", s.forget) })
	work.Wait()
}

const drainWithin = 10 * time.Second

// Serve answers requests on l until ctx ends, then lets those that are under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := drain.New(&http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	})
	var beside sync.WaitGroup
	beside.Go(func() { s.Run(ctx) })
	beside.Go(func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		if server.Shutdown(limited) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the API: %w", err)
	}
	beside.Wait()
	return nil
}
