package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/drain"
	"github.com/longhouse-dev/longhouse/internal/telemetry"
)

const (
	// drainLimit is less than what a supervisor waits before it kills.
	drainLimit = 20 * time.Second
	// farewellLimit is how long clients that keep asking have to leave by themselves before idle connections are closed.
	farewellLimit     = time.Second
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	// maxHeaderBytes is what the larger cookies and tokens of chat clients need several times over.
	maxHeaderBytes = 64 << 10
)

// server is an edge that is running.
type server struct {
	log       *slog.Logger
	access    *accessWriter
	handover  *handover
	listener  *crowd
	hops      *trustedHops
	secure    *secure // nil without TLS
	http3     *http3Front
	redirect  bool     // from plain to https
	strict    []string // what answers by https tell browsers
	admin     net.Listener
	tunnels   *tunnels
	retries   *retries
	proxy     *proxy
	keeper    *keeper
	barrier   *barrier
	follower  *follower
	reporter  *reporter
	wakes     *wakes
	teller    *teller
	metrics   *metrics
	registry  *prometheus.Registry // of what every process tells
	drain     time.Duration
	spread    time.Duration // over which web sockets are sent away
	rates     Rates
	planRates map[string]Rates
	farewell  time.Duration // during which answers say that the connection ends
	header    time.Duration // how long a request's header may take
}

// Run serves until ctx ends, then finishes what is in progress, for at most 20 s, closes web sockets, and returns nil.
// It returns an error when it can't begin or a listener breaks.
func Run(ctx context.Context, c Config) error {
	s, err := newServer(ctx, c)
	if err != nil {
		return err
	}
	// With few routes the heap is of some MiB, so that clients with huge headers had all of it looked through fifteen times a second. This
	// counts as heap, is never touched, and so takes no memory.
	spare := make([]byte, 16<<20)
	defer runtime.KeepAlive(spare)
	return s.run(ctx)
}

func newServer(ctx context.Context, c Config) (*server, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("edge settings: %w", err)
	}
	j, err := openJournal(c.StateDir)
	if err != nil {
		return nil, err
	}
	if c.AccessLog == nil {
		c.AccessLog = io.Discard
	}
	s := &server{
		log: c.Log, access: newAccessWriter(c.AccessLog), tunnels: newTunnels(), retries: &retries{patience: retryPatience}, metrics: newMetrics(), registry: telemetry.NewRegistry(),
		drain: drainLimit, spread: farewellSpread, farewell: farewellLimit, header: readHeaderTimeout, rates: c.Rates, planRates: c.PlanRates,
	}
	// What net/http itself has to say is about this machine (no file left to open); the proxy's is about clients.
	s.proxy = newProxy(s.tunnels, s.retries, slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug))
	if s.hops, err = newTrustedHops(c.Trust); err != nil {
		return nil, err
	}
	s.keeper = newKeeper(j, s.tunnels, c.BaseDomain, c.Log)
	who, err := openIdentity(j, c.Name, c.Log)
	if err != nil {
		return nil, err
	}
	s.barrier = newBarrier(who.fenced())
	line := newControlLine(c.ControlURL, c.TokenFile)
	if s.handover, err = openHandover(who, line, c.Log); err != nil {
		return nil, err
	}
	s.reporter = &reporter{line: line, tallies: s.keeper.table.tallies, every: reportEvery, log: c.Log}
	s.follower = newFollower(line, who, s.keeper, s.barrier, s.hangUp, c.Log)
	s.wakes = newWakes(s.follower.knock, c.Log)
	s.teller = newTeller(line, who, newUses(), c.Log)
	if s.admin, err = listenAdmin(ctx, c.AdminSocket, c.Listener != nil); err != nil {
		return nil, err
	}
	listener := c.Listener
	if listener == nil {
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen); err != nil {
			return nil, errors.Join(fmt.Errorf("listen for clients: %w", err), s.admin.Close())
		}
	}
	s.listener = newCrowd(listener, s.hops)
	if c.TLS.on() {
		if s.secure, err = openSecure(ctx, c, s.listener, s.keeper.table); err != nil {
			return nil, errors.Join(err, listener.Close(), s.admin.Close())
		}
		s.redirect, s.strict = c.TLS.Redirect, c.TLS.strict()
		if s.http3, err = openHTTP3(c, s.secure, j); err != nil {
			return nil, errors.Join(err, listener.Close(), s.secure.listener.Close(), s.admin.Close())
		}
	}
	return s, nil
}

// hangUp closes the connections of all clients.
func (s *server) hangUp() {
	s.listener.hangUp()
	if s.secure != nil {
		s.secure.listener.hangUp()
	}
	s.http3.hangUp()
}

func (s *server) run(ctx context.Context) error {
	faults := slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)
	gate := newGate(s.keeper.table, s.barrier, s.proxy, s.metrics, &accessLog{said: s.access, kept: s.handover.kept})
	gate.hops, gate.wakes, gate.uses, gate.strict, gate.rates, gate.planRates = s.hops, s.wakes, s.teller.uses, s.strict, s.rates, s.planRates
	gate.http3 = newAlternatives(s.http3)
	plain := drain.New(clientServer(s.front(gate), s.header, faults))
	clients := []*drain.Server{plain}
	operators := &http.Server{Handler: s.adminHandler(), ReadHeaderTimeout: s.header, ErrorLog: faults}

	accessCtx, endAccess := context.WithCancel(context.WithoutCancel(ctx))
	defer endAccess()
	var access sync.WaitGroup
	for _, lines := range []*accessWriter{s.access, s.handover.kept} {
		access.Go(func() { lines.run(accessCtx) })
	}

	// While the edge drains it still serves, so it still learns.
	learning, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var parts sync.WaitGroup
	parts.Go(func() { s.follower.run(learning) })
	parts.Go(func() { s.follower.confirmer.run(learning) })
	tellRest := s.teller.begin(learning)
	parts.Go(func() { s.reporter.run(learning) })
	parts.Go(func() { s.handover.run(learning) })
	defer time.AfterFunc(startPatience, s.barrier.started).Stop()
	broken := make(chan error, 3)
	parts.Go(func() { broken <- serveOn(operators.Serve, s.admin) })
	parts.Go(func() { broken <- serveOn(plain.Serve, s.listener) })
	keeping, endCerts := context.WithCancel(context.WithoutCancel(ctx)) // handshakes may begin until nobody is let in any more
	defer endCerts()
	if s.secure != nil {
		secure := drain.New(clientServer(gate, s.header, handshakeNoise{s.log}.logger()))
		clients = append(clients, secure)
		parts.Go(func() { s.secure.certs.Run(keeping) })
		s.http3.begin(gate)
		parts.Go(func() { broken <- serveOn(secure.Serve, tls.NewListener(s.secure.listener, s.secure.tlsConfig())) })
	}
	s.log.Info("edge is serving", "listen", s.listener.Addr().String(), "routes", s.keeper.table.Len())

	var err error
	select {
	case <-ctx.Done():
	case err = <-broken:
	}
	s.log.Info("edge is draining", "web_sockets", s.tunnels.count())
	gate.leaving.Store(true)
	s.http3.leave()
	s.keeper.yielding.Store(true)
	err = errors.Join(err, s.shutDown(clients), operators.Close())
	tellRest() // before the good-bye: who said it is not heard any more
	stop()
	endCerts()
	parts.Wait()
	endAccess()
	access.Wait()
	s.handover.end()
	s.keeper.close()
	return err
}

// front is what clients meet who come in plain.
func (s *server) front(g *gate) http.Handler {
	if s.secure == nil {
		return g
	}
	if s.redirect {
		g.httpsPort = s.secure.port
	}
	return s.secure.answering(g)
}

// clientServer is what clients speak to.
func clientServer(h http.Handler, header time.Duration, faults *log.Logger) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            header,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // OPTIONS * has no workspace
		Protocols:                    clientProtocols(),
		HTTP2:                        http2Limits(),
		ConnContext:                  severable,
		ErrorLog:                     faults,
	}
}

func serveOn(serve func(net.Listener) error, l net.Listener) error {
	if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return nil
}

// shutDown stops accepting once those who keep asking have heard that the connection ends, then sends web sockets away, and
// gives requests until the limit, also those of clients that were let in and have not asked yet. Until then web sockets may
// begin: a successor, which would take them, is hardly there yet.
func (s *server) shutDown(clients []*drain.Server) error {
	limit, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	s.awaitFarewell(limit)
	var sockets sync.WaitGroup
	sockets.Go(func() {
		s.tunnels.sendAway(limit, s.spread)
		s.tunnels.closeAll()
	})
	defer sockets.Wait()
	sockets.Go(func() {
		if !s.http3.end(limit) {
			s.log.Warn("requests over HTTP/3 were cut off: they did not end in time", "limit", s.drain)
		}
	})
	ended := make(chan error, len(clients))
	for _, c := range clients {
		go func() { ended <- s.end(limit, c) }()
	}
	var err error
	for range clients {
		err = errors.Join(err, <-ended)
	}
	return err
}

func (s *server) end(limit context.Context, c *drain.Server) error {
	if err := c.Shutdown(limit); errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests were cut off: they did not end in time", "limit", s.drain)
		return c.Close()
	} else if err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	return nil
}

// awaitFarewell returns early when nobody is connected.
func (s *server) awaitFarewell(ctx context.Context) {
	for end := time.Now().Add(s.farewell); s.listener.count() > 0 && time.Now().Before(end); {
		if !sleepUntil(ctx, time.Now().Add(farewellLimit/50)) {
			return
		}
	}
}
