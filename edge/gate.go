package edge

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// A stage looks at one aspect of an exchange and lets it pass or says what to answer instead. The zero decision denies.
type stage func(*exchange) decision

// decision is pass, or the refusal.
type decision struct {
	onward  bool
	refusal refusal
}

var pass = decision{onward: true}

func deny(r refusal) decision { return decision{refusal: r} }

// gate is the edge's handler: stages in order, then the proxy for what the last of them admitted.
type gate struct {
	table     *Table
	uses      *uses
	hops      *trustedHops // nil: nobody is believed
	barrier   *barrier
	rates     Rates // of plans that planRates doesn't name
	planRates map[string]Rates
	began     time.Time
	wakes     *wakes // nil: nothing is woken
	proxy     *proxy
	stages    []stage
	metrics   *metrics
	access    *accessLog // nil: nobody is told
	// httpsPort is what addresses of https end with, where those who come in plain are sent there; else nil.
	httpsPort func() string
	// strict is what answers by https tell browsers: to come by https alone from now on; nil: nothing.
	strict []string
	// http3 is what they tell of HTTP/3; nil: nothing.
	http3   *alternatives
	leaving atomic.Bool // clients are told to bring their next request over another connection
}

func newGate(table *Table, b *barrier, p *proxy, m *metrics, access *accessLog) *gate {
	g := &gate{began: time.Now(), table: table, uses: newUses(), barrier: b, proxy: p, metrics: m, access: access}
	// The IP filter decides before a stopped workspace is named, or woken, to somebody who may not know of it.
	g.stages = []stage{g.identify, b.admit, g.requireOneName, g.findRoute, g.letIn, g.keepPace, g.requireTLS, g.preferPrimary, g.requireServing}
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.leaving.Load() {
		w.Header()["Connection"] = []string{"close"} // net/http turns it into a GOAWAY where that is due
	}
	if g.strict != nil && r.TLS != nil {
		w.Header()[strictHeader] = g.strict
	}
	x := newExchange(w, r)
	if where := g.http3.value(); where != nil && r.TLS != nil && !g.hops.include(x.client) { // nobody comes by a hop's UDP port
		w.Header()[alternativeHeader] = where
	}
	x.believe(g.hops)
	g.metrics.inFlight.Add(1)
	defer func() { // also on the panic that aborts a connection
		x.conclude()
		g.metrics.inFlight.Add(-1)
		g.metrics.observe(x)
		g.access.note(x)
	}()
	x.awaitBody(g.proxy.bodyStall)
	g.handle(x)
	x.endIfOver()
	x.w.keepTaking() // for what net/http still has to write, which may be long after the last piece
	x.finished = true
}

func (g *gate) handle(x *exchange) {
	x.readmit = g.admit
	if d := g.admit(x); !d.onward {
		x.refuse(d.refusal)
		return
	}
	g.uses.note(x.route)
	g.proxy.serve(x)
}

// admit runs the stages.
func (g *gate) admit(x *exchange) decision {
	x.admitted = nil
	for _, admit := range g.stages {
		if d := admit(x); !d.onward {
			return d
		}
	}
	if x.admitted == nil || x.door == nil {
		return deny(unknownHost)
	}
	return pass
}

// identify settles which host the request is for. Over HTTP/1 net/http has refused two Host headers by now, and made the
// authority of an absolute-form target the host, as RFC 9112 section 3.2.2 wants.
func (g *gate) identify(x *exchange) decision {
	switch {
	case !plainMethod(x.r):
		return deny(badMethod)
	case !oneHost(x.r):
		return deny(badHost)
	case !plainTarget(x.r), x.r.Method == http.MethodConnect, x.r.URL.Path == "" || x.r.URL.Path[0] != '/', x.r.URL.User != nil,
		x.r.URL.Scheme != "" && x.r.URL.Scheme != "http" && x.r.URL.Scheme != "https":
		return deny(badTarget)
	case tooManyFields(x.r.Header):
		return deny(tooManyHeaders)
	}
	if _, ok := targetIn(x.r); !ok {
		return deny(badTarget)
	}
	host, err := canonicalHost(x.r.Host)
	if err != nil {
		return deny(badHost)
	}
	x.host = host
	return pass
}

// requireOneName refuses a request over TLS for another workspace's host than the connection was made for: who looked at the
// connection's name would be told of another one than is reached.
func (g *gate) requireOneName(x *exchange) decision {
	if x.r.TLS == nil || x.r.TLS.ServerName == x.host {
		return pass
	}
	if name, ok := serverName(x.r.TLS.ServerName); !ok || name != x.host && !g.table.ownedBy(name, x.host) {
		return deny(misdirected)
	}
	return pass
}

func (g *gate) requireTLS(x *exchange) decision {
	if g.httpsPort == nil || x.r.TLS != nil {
		return pass
	}
	x.w.Header().Set("Location", "https://"+x.host+g.httpsPort()+x.r.URL.RequestURI())
	return deny(toHTTPS)
}

func (g *gate) findRoute(x *exchange) decision {
	if !g.table.Ready() {
		return deny(starting)
	}
	x.route = g.table.Lookup(x.host)
	if x.route == nil {
		return deny(unknownHost)
	}
	return pass
}

// letIn asks the IP filter of the workspace. Who is in by an earlier run of the stages, perhaps at another workspace, comes in anew.
func (g *gate) letIn(x *exchange) decision {
	x.leave()
	x.errand = errandOf(x.r)
	return x.route.door.enter(x)
}

func (g *gate) requireServing(x *exchange) decision {
	switch {
	case x.route.State == feed.StateAsleep && g.wakes != nil:
		if d := g.wakes.hold(x); !d.onward {
			return d
		}
		return g.admit(x) // from the start: whoever was held may not be allowed in any more
	case x.route.upstream == nil:
		return deny(stopped(x.route.Message))
	}
	x.admitted = x.route.upstream
	return pass
}
