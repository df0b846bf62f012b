package edge

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
)

const (
	dialLimit = 5 * time.Second
	// headerLimit is how long an instance may think after it has the whole request.
	headerLimit       = 5 * time.Minute
	idlePerUpstream   = 64
	idleUpstreamLimit = 90 * time.Second
	maxUpstreamHeader = 256 << 10
)

// upstream holds the connections to one instance. It costs a few bytes until the first request.
type upstream struct {
	address string
	places  *shares // of requests in hand, without web sockets
	lines   lines   // for requests that are here as a whole

	once      sync.Once
	transport *http.Transport // for the others
}

func newUpstream(address string) *upstream {
	return &upstream{address: address, places: newShares(maxBusy, maxBusy)}
}

func (u *upstream) roundTripper() *http.Transport {
	u.once.Do(func() {
		u.transport = &http.Transport{
			DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return u.dial(ctx) },
			DisableCompression:     true, // what the client asked for is what the instance hears
			DisableKeepAlives:      true, // so that nothing of one request is left for another, and none is sent again
			ResponseHeaderTimeout:  headerLimit,
			ExpectContinueTimeout:  time.Second,
			MaxResponseHeaderBytes: maxUpstreamHeader,
			Protocols:              http1Only(),
		}
	})
	return u.transport
}

func (u *upstream) send(out *http.Request) (*http.Response, error) {
	if quick(out) {
		return u.ask(out)
	}
	res, err := u.roundTripper().RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if err := sound(res); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	return res, nil
}

func (u *upstream) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	c, err := unixsocket.Dial(ctx, u.address)
	if err != nil {
		return nil, err
	}
	return newBrisk(c), nil
}

// retire closes what is idle; connections in use close when their request ends.
func (u *upstream) retire() { u.lines.retire() }

func http1Only() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}
