package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// headersWithin is longer than the API works on a request.
const headersWithin = 45 * time.Second

// lively gives up an answer of which nothing came for so long. However long it takes as a whole, a stream may go on.
type lively struct {
	next    http.RoundTripper
	silence time.Duration
}

var errSilent = errors.New("the API fell silent")

func newLively(silence time.Duration) lively {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = headersWithin
	return lively{t, silence}
}

// RoundTrip implements http.RoundTripper.
func (l lively) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	res, err := l.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	res.Body = &watched{ReadCloser: res.Body, silence: l.silence, ctx: ctx, cancel: cancel}
	return res, nil
}

// watched is the body of an answer that must not fall silent.
type watched struct {
	io.ReadCloser
	silence time.Duration
	ctx     context.Context
	cancel  context.CancelCauseFunc
}

// Read implements io.Reader.
func (b *watched) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.silence, func() { b.cancel(errSilent) })
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	if err != nil && errors.Is(context.Cause(b.ctx), errSilent) {
		return n, fmt.Errorf("%w for %s", errSilent, b.silence)
	}
	return n, err
}

// Close implements io.Closer.
func (b *watched) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
