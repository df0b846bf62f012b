package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

const (
	// portPause is how long a UDP port is left alone that could not be had. A process whose place this one takes gives it up within drainLimit.
	portPause = 250 * time.Millisecond
	// lookEvery is how often connections over QUIC are looked at: whether they have moved, and whether anybody uses them.
	lookEvery = 100 * time.Millisecond
	// settleTime is how long a connection without a request in progress is kept at the end, for what its client sent before it heard of that.
	settleTime = time.Second
	// connectionIDLength makes ids that nobody guesses; the library's own are shorter.
	connectionIDLength = 8
)

// http3Front is where clients come by HTTP/3: UDP, at the port of the listener for TLS. It has its port as soon as it can get it. Until then, and
// where there is none, the edge serves without, and no client is told of HTTP/3.
type http3Front struct {
	address string // host:port
	tls     *tls.Config
	crowd   *crowd // whose places it shares
	handler http.Handler
	keys    quicKeys
	log     *slog.Logger
	header  time.Duration // how long a client may take for a request's header
	idle    time.Duration // how long a connection is kept on which nothing is asked

	offered atomic.Bool               // somebody listens
	leaving atomic.Bool               // nobody is let in any more
	told    atomic.Pointer[time.Time] // when clients were told so
	moved   atomic.Int64              // connections that ended as they moved to another address

	mu      sync.Mutex
	callers map[*caller]struct{}
	shaking int // of these, in a handshake

	stop, cut context.CancelFunc
	ended     chan struct{}
	said      bool // that it goes without; run's
}

// openHTTP3 returns nil where HTTP/3 is not offered: a hop that announces who connects through it does so at the head of a connection, which QUIC
// has not, and then everybody would be the hop.
func openHTTP3(c Config, s *secure, j *journal) (*http3Front, error) {
	if !c.TLS.HTTP3 {
		return nil, nil
	}
	if c.Trust.Announced {
		c.Log.Info("HTTP/3 is not offered: nobody says for whom packets come where the PROXY protocol says it for connections")
		return nil, nil
	}
	keys, err := openQUICKeys(j)
	if err != nil {
		return nil, err
	}
	return &http3Front{address: s.listener.Addr().String(), tls: s.quicConfig(), crowd: s.listener, keys: keys, log: c.Log,
		header: readHeaderTimeout, idle: idleTimeout, callers: map[*caller]struct{}{}}, nil
}

// quicConfig is for QUIC, which is TLS 1.3 and no other. Nothing is taken with a handshake that is not finished (0-RTT): whoever recorded that could
// send it again.
func (s *secure) quicConfig() *tls.Config {
	c := s.tlsConfig()
	c.MinVersion = tls.VersionTLS13
	return http3.ConfigureTLSConfig(c)
}

// begin offers HTTP/3 until end is called. On a front that is nil, here and below, nothing happens.
func (f *http3Front) begin(h http.Handler) {
	if f == nil {
		return
	}
	leave, stop := context.WithCancel(context.Background())
	over, cut := context.WithCancel(context.Background())
	f.handler, f.stop, f.cut, f.ended = h, stop, cut, make(chan struct{})
	go func() {
		defer close(f.ended)
		f.run(leave, over)
	}()
}

// leave lets nobody in any more.
func (f *http3Front) leave() {
	if f != nil {
		f.leaving.Store(true)
	}
}

// end finishes the requests that have come, after leave, until limit ends, and reports whether it could. Then the port is free.
func (f *http3Front) end(limit context.Context) (whole bool) {
	if f == nil {
		return true
	}
	f.stop()
	select {
	case <-f.ended:
		return true
	case <-limit.Done():
		f.cut()
		<-f.ended
		return false
	}
}

func (f *http3Front) run(leave, over context.Context) {
	for leave.Err() == nil {
		conn, err := new(net.ListenConfig).ListenPacket(leave, "udp", f.address)
		if err == nil {
			err = f.serve(leave, over, conn)
		}
		if err != nil && leave.Err() == nil {
			f.without(err)
		}
		select {
		case <-leave.Done():
		case <-time.After(portPause):
		}
	}
}

// without says that the edge goes without, and why, once until HTTP/3 is offered again.
func (f *http3Front) without(why error) {
	if !f.said {
		f.said = true
		f.log.Warn("HTTP/3 is not offered until its port can be had; clients come by HTTP/1.1 and HTTP/2", "listen", f.address, "error", why)
	}
}

// serve returns when leave has ended and all requests have, or over has; an error before that.
func (f *http3Front) serve(leave, over context.Context, conn net.PacketConn) (err error) {
	transport := &quic.Transport{Conn: conn, ConnectionIDLength: connectionIDLength, StatelessResetKey: f.keys.reset, TokenGeneratorKey: f.keys.token,
		VerifySourceAddress: f.doubts, ConnContext: f.enter}
	defer func() { err = errors.Join(err, transport.Close(), conn.Close()) }()
	listener, err := transport.Listen(f.tls, quicLimits())
	if err != nil {
		return fmt.Errorf("listen for HTTP/3: %w", err)
	}
	server := &http3.Server{Handler: http.HandlerFunc(f.answer), MaxHeaderBytes: maxHeaderBytes, ConnContext: f.know}
	defer func() { _ = server.Close() }()
	served := make(chan error, 1)
	go func() { served <- server.ServeListener(listener) }()
	looking, stopLooking := context.WithCancel(context.Background())
	defer stopLooking()
	go f.look(looking)

	f.offered.Store(true)
	defer f.offered.Store(false)
	f.said = false
	f.log.Info("HTTP/3 is offered", "listen", f.address)
	select {
	case err := <-served:
		return fmt.Errorf("serve HTTP/3 on %s: %w", f.address, err)
	case <-leave.Done():
	}
	// Whose handshake is finished by now is let in, and counted, before anybody is told that it is over.
	_ = listener.Close()
	<-served                                               //nolint:errcheck // that it is closed
	refusing, err := transport.Listen(f.tls, quicLimits()) // so that who comes now hears at once that TCP is the way
	if err == nil {
		defer func() { _ = refusing.Close() }()
	}
	now := time.Now()
	f.told.Store(&now)
	_ = server.Shutdown(over) // fails where requests were cut off, which the caller knows
	return nil
}

// quicLimits bound what one connection may hold, as http2Limits do.
func quicLimits() *quic.Config {
	return &quic.Config{
		// Its first part may be a wait for a certificate.
		HandshakeIdleTimeout:           readHeaderTimeout,
		MaxIdleTimeout:                 idleTimeout,
		KeepAlivePeriod:                20 * time.Second, // routers forget UDP sooner than TCP
		InitialStreamReceiveWindow:     128 << 10,
		MaxStreamReceiveWindow:         256 << 10,
		InitialConnectionReceiveWindow: 512 << 10,
		MaxConnectionReceiveWindow:     1 << 20,
		MaxIncomingStreams:             maxCallerStreams,
		MaxIncomingUniStreams:          8, // HTTP/3 has three
	}
}
