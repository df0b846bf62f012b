package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	// bodyStall is how long a client that sends a body may send nothing.
	bodyStall = 30 * time.Second
	// minBodyRate, in bytes a second, is what a body must keep up on average, less bodyStall once: an upload of hours
	// over a thin line does, a client that sends a byte now and then to hold a connection doesn't.
	minBodyRate = 128
	// answerStall is how long a client may take for one piece of an answer, of at most copyBuffer.
	answerStall = time.Minute
)

// errSlowClient is a time-out on the client's side; the instance is not to blame.
var errSlowClient = errors.New("the client sends too slowly")

// pacedBody ends a request whose body comes too slowly. Only the time in which the edge waits for the client counts: an
// instance that reads slowly is not its client's fault.
type pacedBody struct {
	io.ReadCloser
	deadline func(time.Time) error
	stall    time.Duration
	ctx      context.Context
	streams  bool // of HTTP/2 and 3: there a deadline ends the body also while nobody reads
	waited   time.Duration
	read     int64

	// What became of it; read by the handler while the transport may still write.
	slow, whole, broken atomic.Bool
}

// pace puts the request's body under its limits. The request itself, which net/http goes on to look at, stays as it is.
func (x *exchange) pace(stall time.Duration) {
	x.body = &pacedBody{ReadCloser: x.r.Body, ctx: x.ctx, deadline: http.NewResponseController(x.w.ResponseWriter).SetReadDeadline, stall: stall, streams: x.r.ProtoMajor >= 2}
	x.r = x.r.WithContext(x.r.Context())
	x.r.Body = x.body
}

// awaitBody limits how long net/http waits for a body that nobody here reads, before or after it answers.
func (x *exchange) awaitBody(stall time.Duration) {
	if x.bodyPending() {
		_ = http.NewResponseController(x.w.ResponseWriter).SetReadDeadline(time.Now().Add(stall)) // reading will say
	}
}

// bodyPending reports whether the client may still be sending, over a connection on which other requests would follow.
func (x *exchange) bodyPending() bool {
	return x.r.ProtoMajor == 1 && x.r.ContentLength != 0 && (x.body == nil || !x.body.whole.Load())
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	began := time.Now()
	_ = b.deadline(began.Add(b.stall))               // fails on a connection that is gone, as Read then does
	if err := b.ctx.Err(); b.streams && err != nil { // severed, perhaps before the deadline was moved on
		b.broken.Store(true)
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.waited += time.Since(began)
	b.read += int64(n)
	if b.streams || errors.Is(err, io.EOF) {
		_ = b.deadline(time.Time{}) // net/http reads on over HTTP/1.1, to notice that the client leaves
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) || err == nil && b.tooSlow():
		b.slow.Store(true)
		return n, errSlowClient
	case errors.Is(err, io.EOF):
		b.whole.Store(true)
	case err != nil:
		b.broken.Store(true)
	}
	return n, err
}

func (b *pacedBody) tooSlow() bool {
	return b.waited > b.stall && float64(b.read) < minBodyRate*(b.waited-b.stall).Seconds()
}

// keepTaking gives the client time for the next piece of its answer. The deadline is moved on now and then only.
func (w *answerWriter) keepTaking() {
	now := time.Now()
	if now.Sub(w.deadlineSet) < w.stall/6 {
		return
	}
	w.deadlineSet = now
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(now.Add(w.stall)) // writing will say
}

// taken ends the time that the client had, where the instance's own pauses would count.
func (w *answerWriter) taken() {
	if !w.streams {
		return
	}
	w.deadlineSet = time.Time{}
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Time{}) // writing will say
}
