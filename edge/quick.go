package edge

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"syscall"
	"time"
)

// A request that is here as a whole needs none of what http.Transport has goroutines for: it is written and answered on the
// goroutine of its handler, which is the half of what the edge costs for a page that many people read. Nor does the transport
// look, before it takes a connection again, whether the instance has said something over it unasked.

// readAhead takes a page of posts with one read.
const readAhead = 64 << 10

// quick reports whether a request can be sent so.
func quick(out *http.Request) bool {
	_, here := out.Body.(gathered)
	return (here || (out.Body == nil || out.Body == http.NoBody) && out.ContentLength == 0) && len(out.Header["Expect"]) == 0
}

// call is a request on its line, until its answer is read or given up.
type call struct {
	upstream *upstream
	line     *line
	limit    io.LimitedReader // of the header; without limit for the body
	reader   *bufio.Reader
	stop     func() bool // ends the watch over the request's context
	sent     int         // bytes of the request
	over     bool
}

var (
	callReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readAhead) }}
	callWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4<<10) }}
)

// ask sends a quick request and returns the answer, whose body the caller closes. A line that the instance closed before it had read
// the whole request is replaced; what it may have acted on is the caller's to send again.
func (u *upstream) ask(out *http.Request) (*http.Response, error) {
	for {
		l, err := u.open(out.Context())
		if err != nil {
			return nil, err
		}
		stale := l.used
		c := &call{upstream: u, line: l, reader: callReaders.Get().(*bufio.Reader)}
		c.limit = io.LimitedReader{R: l, N: maxUpstreamHeader}
		c.reader.Reset(&c.limit)
		c.stop = context.AfterFunc(out.Context(), func() { _ = l.SetDeadline(time.Unix(1, 0)) })
		res, acted, err := c.converse(out)
		if err == nil {
			return res, nil
		}
		c.end(false)
		if ctxErr := out.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		if !stale || acted {
			return nil, err
		}
	}
}

// converse returns the answer, and whether the instance may have acted on the request.
func (c *call) converse(out *http.Request) (res *http.Response, acted bool, err error) {
	if err := c.within(out.Context(), time.Now().Add(headerLimit)); err != nil {
		return nil, false, err
	}
	unsent := c.send(out)
	if unsent != nil && c.sent == 0 {
		return nil, false, unsent
	}
	if _, err := c.reader.Peek(1); err != nil { // it may answer and close before it has all of a body
		partly := unsent != nil || errors.Is(err, syscall.ECONNRESET) // a reset: it left something of the request unread
		return nil, !partly || out.ContentLength > 0, cmp.Or(unsent, err)
	}
	trace := httptrace.ContextClientTrace(out.Context())
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	for {
		res, err = http.ReadResponse(c.reader, out)
		if err != nil {
			return nil, true, c.tooLong(err)
		}
		if err := sound(res); err != nil {
			return nil, true, err
		}
		if res.StatusCode >= http.StatusOK {
			break
		}
		if trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, true, err
			}
		}
	}
	c.limit.N = math.MaxInt64
	if err := c.within(out.Context(), time.Time{}); err != nil {
		return nil, true, err
	}
	res.Body = &answerBody{res.Body, c, !res.Close}
	return res, true, nil
}

// within sets the time limit of what follows. The watch over the context may have set its own just before, and would be forgotten.
func (c *call) within(ctx context.Context, deadline time.Time) error {
	if err := c.line.SetDeadline(deadline); err != nil {
		return err
	}
	return ctx.Err()
}

func (c *call) send(out *http.Request) error {
	w := callWriters.Get().(*bufio.Writer)
	defer func() {
		w.Reset(nil)
		callWriters.Put(w)
	}()
	w.Reset(c)
	if body, ok := out.Body.(gathered); ok {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	if err := out.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// Write implements io.Writer for the request.
func (c *call) Write(p []byte) (int, error) {
	n, err := c.line.Write(p)
	c.sent += n
	return n, err
}

// tooLong says so where a header ended because of its limit.
func (c *call) tooLong(err error) error {
	if c.limit.N <= 0 {
		return errors.New("the instance's header is longer than the limit")
	}
	return err
}

// end gives the line back, or closes it.
func (c *call) end(whole bool) {
	if c.over {
		return
	}
	c.over = true
	left := c.stop()
	if whole && left && c.reader.Buffered() == 0 {
		c.upstream.lines.give(c.line)
	} else {
		_ = c.line.Close()
	}
	c.reader.Reset(nil)
	callReaders.Put(c.reader)
	c.reader = nil
}

// answerBody ends its call when it is read or closed.
type answerBody struct {
	io.ReadCloser
	call *call
	keep bool // the line can carry another request
}

// Read implements io.Reader.
func (b *answerBody) Read(p []byte) (int, error) {
	if b.call.over {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.call.end(b.keep && errors.Is(err, io.EOF))
	}
	return n, err
}

// Close implements io.Closer. What was not read is not waited for.
func (b *answerBody) Close() error {
	b.call.end(false)
	return nil
}
