package edge

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// copyBuffer holds a page of posts, so that it is passed on in one piece.
const copyBuffer = 64 << 10

const (
	// maxBusy bounds the requests that one instance may have in hand, so that one that hangs cannot use up the edge's files.
	// Clients share these places.
	maxBusy = 1024
	// resetPause is how long a stream that was reset keeps its place among those of its connection. Without it, opening and
	// resetting buys more of an instance's work than waiting does.
	resetPause = 250 * time.Millisecond
)

// proxy hands an admitted exchange to its upstream. Bodies are never held back: each read is written on at once, and a
// slow reader slows the writer down.
type proxy struct {
	tunnels     *tunnels
	retries     *retries
	bodyStall   time.Duration
	answerStall time.Duration
	gathering   *shares // of bodies that are waited for
	buffers     buffers
	noise       *log.Logger
}

func newProxy(t *tunnels, r *retries, noise *log.Logger) *proxy {
	return &proxy{tunnels: t, retries: r, bodyStall: bodyStall, answerStall: answerStall, gathering: newShares(maxGathered, maxGathered), noise: noise}
}

func (p *proxy) serve(x *exchange) {
	x.retries, x.w.stall = p.retries, p.answerStall
	if isWebSocket(x.r) {
		p.tunnel(x)
		return
	}
	if x.r.ContentLength != 0 {
		x.pace(p.bodyStall)
		leave, err := p.gather(x)
		defer leave()
		if err != nil {
			x.upstreamFailed(x.w, x.r, err)
			return
		}
	}
	places := x.admitted.places
	if d := places.enter(x.client); !d.onward {
		x.refuse(d.refusal)
		return
	}
	defer places.leave(x.client)
	forward := httputil.ReverseProxy{
		Rewrite:        x.rewrite,
		Transport:      x,
		BufferPool:     &p.buffers,
		ModifyResponse: x.finishHeader,
		ErrorHandler:   x.upstreamFailed,
		ErrorLog:       p.noise,
	}
	forward.ServeHTTP(x.w, x.r)
}

func (x *exchange) rewrite(pr *httputil.ProxyRequest) {
	out := pr.Out
	if body, ok := x.r.Body.(gathered); ok { // ReverseProxy has wrapped it
		out.Body = body
	}
	x.passTarget(out.URL)
	out.Host = x.upstreamHost()
	// Web sockets go their own way, and no other protocol is let through.
	delete(out.Header, "Connection")
	delete(out.Header, "Upgrade")
	x.rebuildForwarded(out.Header)
}

// finishHeader gives the answer a request id where the instance named none, and else takes the instance's, so that the client, the
// instance's log and ours call the request the same.
func (x *exchange) finishHeader(res *http.Response) error {
	x.w.expected = res.ContentLength
	for _, ours := range []string{strictHeader, alternativeHeader} {
		if x.w.Header()[ours] != nil {
			delete(res.Header, ours) // ours counts: the instance doesn't know how it is reached
		}
	}
	switch named := res.Header[requestIDHeader]; {
	case len(named) == 1 && validRequestID(named[0]):
		x.requestID = named[0]
	default:
		res.Header[requestIDHeader] = []string{x.requestID}
	}
	return nil
}

// upstreamFailed answers when no answer came from the instance, which has not been half-way through one.
func (x *exchange) upstreamFailed(_ http.ResponseWriter, _ *http.Request, err error) {
	var timeout net.Error
	var turned turnedAway
	switch {
	case errors.As(err, &turned):
		x.refuse(turned.refusal)
	case x.body != nil && x.body.slow.Load():
		x.refuse(slowClient)
	case x.r.Context().Err() != nil || errors.Is(err, context.Canceled):
		x.abandon()
	case x.body != nil && x.body.broken.Load():
		x.refuse(badBody)
	case errors.As(err, &timeout) && timeout.Timeout():
		x.refuse(tooSlow)
	default:
		x.refuse(unreachable)
	}
}

// abandon ends a request that nobody waits for any more.
func (x *exchange) abandon() {
	x.refused = "client_left"
	if x.r.ProtoMajor >= 2 {
		time.Sleep(resetPause)
	}
	panic(http.ErrAbortHandler)
}

// buffers recycles what bodies are copied through.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, copyBuffer)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
