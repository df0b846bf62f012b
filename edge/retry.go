package edge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// retryPatience is how long a request waits for an instance that refuses connections: as long as a restart takes.
	retryPatience   = 2 * time.Second
	firstRetryPause = 20 * time.Millisecond
	lastRetryPause  = 250 * time.Millisecond
	// maxWaiting bounds the requests of one edge that wait at a time; those above it fail at once.
	maxWaiting = 1024
)

// retries keeps requests from multiplying when instances are in trouble.
type retries struct {
	patience time.Duration
	waiting  atomic.Int64
	retried  atomic.Int64 // sent again, for the metrics
}

// attempts is what one request has tried so far.
type attempts struct {
	all     *retries
	budget  *budget
	until   time.Time // zero until the first one failed: an answer may be long in the making
	pause   time.Duration
	replays int
}

func (b *retries) begin(own *budget) attempts {
	return attempts{all: b, budget: own, pause: firstRetryPause}
}

// notConnected says that nothing was sent, so that any request may be sent elsewhere or later: nobody listens on the
// socket, it isn't there, or its queue is full. Only connecting fails with these.
func notConnected(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EAGAIN)
}

// replayable reports whether r may be sent again though an instance may have acted on it: RFC 9110 section 9.2.2, and
// only without a body, which is not kept.
func replayable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return r.ContentLength == 0
	}
	return false
}

// again reports, after a pause, whether r, which failed with err, should be sent once more.
func (a *attempts) again(r *http.Request, err error, answered bool) bool {
	var slow net.Error
	if a.until.IsZero() {
		a.until = time.Now().Add(a.all.patience)
	}
	switch {
	case r.Context().Err() != nil, answered, time.Now().Add(a.pause).After(a.until):
		return false
	case notConnected(err):
		return a.wait(r.Context())
	case errors.As(err, &slow) && slow.Timeout(), !replayable(r), a.replays == maxReplays, !a.budget.spend():
		return false
	}
	a.replays++
	return a.wait(r.Context())
}

// wait is jittered, so that those who wait for one instance don't come back together.
func (a *attempts) wait(ctx context.Context) bool {
	defer a.budget.waiting.Add(-1)
	if a.budget.waiting.Add(1) > maxWaitingAtOne {
		return false
	}
	defer a.all.waiting.Add(-1)
	if a.all.waiting.Add(1) > maxWaiting {
		return false
	}
	timer := time.NewTimer(a.pause/2 + rand.N(a.pause/2+1))
	defer timer.Stop()
	a.pause = min(2*a.pause, lastRetryPause)
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		a.all.retried.Add(1)
		return true
	}
}

// turnedAway is the refusal of a request whose route changed to one that doesn't serve while it waited.
type turnedAway struct{ refusal refusal }

// Error implements error.
func (t turnedAway) Error() string { return fmt.Sprintf("the route changed: %s", t.refusal.reason) }

// follow looks the route up once more: the instance may have moved.
func (x *exchange) follow() error {
	if d := x.readmit(x); !d.onward {
		return turnedAway{d.refusal}
	}
	return nil
}

// RoundTrip implements http.RoundTripper for the reverse proxy: it sends out to the instance, and again where that can
// do no harm.
func (x *exchange) RoundTrip(out *http.Request) (*http.Response, error) {
	var answered atomic.Bool
	// The reverse proxy's own trace, which is this request's alone; a second one would be joined to it by reflection.
	if trace := httptrace.ContextClientTrace(out.Context()); trace != nil {
		trace.GotFirstResponseByte = func() { answered.Store(true) }
	}
	if out.Body != nil && !quick(out) {
		out.Body = borrowed{out.Body}
	}
	budget := x.route.budget
	budget.earn()
	for tries := x.retries.begin(budget); ; {
		res, err := x.admitted.send(out)
		if err == nil || !tries.again(out, err, answered.Load()) {
			return res, err
		}
		if err := x.follow(); err != nil {
			return nil, err
		}
	}
}

// dial connects to the instance for a web socket, and waits for one that is starting.
func (x *exchange) dial() (net.Conn, error) {
	for tries := x.retries.begin(x.route.budget); ; {
		conn, err := x.admitted.dial(x.r.Context())
		if err == nil || !notConnected(err) || !tries.again(x.r, err, false) {
			return conn, err
		}
		if err := x.follow(); err != nil {
			return nil, err
		}
	}
}
