package edge

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// exchange is one request on its way through the stages, and what they found out about it.
type exchange struct {
	w       *answerWriter
	r       *http.Request
	started time.Time

	requestID string
	client    netip.Addr // who asks; invalid when that isn't known
	overQUIC  bool
	encrypted bool   // between the client and a hop of ours
	host      string // canonical
	errand    errand // what it comes for
	route     *Route
	admitted  *upstream // set by the last stage only; without it nothing is proxied
	readmit   stage     // runs all stages again
	retries   *retries
	body      *pacedBody // nil without one
	heldUntil time.Time  // when it is given up that waits for its workspace; zero: it did not have to

	door           *door     // of the workspace that x is in; nil: in none
	previous, next *exchange // of those that are in with it; the door's, as is what follows
	socket         *tunnel   // nil unless it is a web socket
	severed        bool
	counted        bool  // by a door
	paced          bool  // by the pace of its workspace
	place          *pace // of the workspace that counts it among those in progress; nil: none does

	ctx context.Context    // the request's
	end context.CancelFunc // of ctx; nil for those that end with their connection, over HTTP/1.1

	refused  string // why the edge itself answered
	fault    bool   // and that was through a fault of ours or of the instance
	tunnel   bool   // became a web socket
	finished bool   // false when the connection was torn down half-way
}

func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{
		w: &answerWriter{ResponseWriter: w, stall: answerStall, streams: r.ProtoMajor >= 2}, r: r, started: time.Now(),
		requestID: requestID(r.Header), client: clientAddress(r.RemoteAddr), ctx: r.Context(), overQUIC: r.ProtoMajor == 3,
	}
	if r.ProtoMajor >= 2 {
		x.ctx, x.end = context.WithCancel(x.ctx)
		x.r = r.WithContext(x.ctx)
		x.w.over = x.ctx.Err
	}
	return x
}

// believe settles who asks, which until then is the other end of the connection.
func (x *exchange) believe(hops *trustedHops) {
	if hops == nil {
		return
	}
	peer := x.client
	x.client, x.encrypted = hops.client(peer, x.r.Header), hops.encrypted(peer, x.r.Header)
}

// clientAddress drops the port and unmaps ::ffff:a.b.c.d, so that one client has one address.
func clientAddress(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

const (
	requestIDHeader = "X-Request-Id"
	minRequestID    = 8
	maxRequestID    = 64
)

// requestID takes the client's when it can go into a log and a page as it stands, else makes one of 128 bits.
func requestID(h http.Header) string {
	if given := h[requestIDHeader]; len(given) == 1 && validRequestID(given[0]) {
		return given[0]
	}
	return rand.Text()
}

func validRequestID(id string) bool {
	if len(id) < minRequestID || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
