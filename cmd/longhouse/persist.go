package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	// writesFor is how long a write is asked for again. It is longer than a key can be held by a request that nobody serves
	// any more, which the server can't tell of a process of another machine: a minute.
	writesFor = 70 * time.Second
	readsFor  = 5 * time.Second
)

// persistent asks again when the connection broke before the answer was there, until there is one or nobody would wait any
// longer. A write bears the same idempotency key each time, so that it happens once.
type persistent struct {
	next          http.RoundTripper
	writes, reads time.Duration // for how long
}

// RoundTrip implements http.RoundTripper.
func (p persistent) RoundTrip(r *http.Request) (*http.Response, error) {
	r, patience := r.Clone(r.Context()), p.reads
	if r.Method != http.MethodGet {
		r.Header.Set("Idempotency-Key", rand.Text())
		patience = p.writes
	}
	var broke error
	until, pauses := time.Now().Add(patience), pace{next: 50 * time.Millisecond, most: 2 * time.Second}
	for {
		res, err := p.try(r)
		later, unfinished := comeBack(res, broke != nil)
		switch {
		case r.Context().Err() != nil, broke == nil && neverSent(err), err == nil && !unfinished:
			return res, err
		case broke == nil:
			notice(r.Context(), "the connection to the API broke; asking again, for up to %s", patience)
		}
		if broke = err; err == nil {
			_ = res.Body.Close()
			broke = fmt.Errorf("it answers %s", res.Status)
		}
		if time.Now().After(until) {
			return nil, &unanswered{waited: patience, last: broke, wrote: r.Method != http.MethodGet}
		}
		if err := pauses.wait(r.Context(), later); err != nil {
			return nil, err
		}
	}
}

// try sends the request once. The answer to a write is there as a whole, or not.
func (p persistent) try(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	res, err := p.next.RoundTrip(r)
	if err != nil || r.Method == http.MethodGet {
		return res, err
	}
	whole, err := io.ReadAll(res.Body)
	if err := cmp.Or(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(whole))
	return res, nil
}

// neverSent reports whether the request did not even leave.
func neverSent(err error) bool {
	dialing := (*net.OpError)(nil)
	return errors.As(err, &dialing) && dialing.Op == "dial"
}

// comeBack reports whether an answer says no more than that there will be one, and in how long: that somebody else still serves
// the request; that nobody between here and the API knows; or, once a connection broke, that the server is not well yet.
func comeBack(res *http.Response, broken bool) (later time.Duration, unfinished bool) {
	if res == nil {
		return 0, false
	}
	seconds, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 16)
	later = time.Duration(seconds) * time.Second
	switch res.StatusCode {
	case http.StatusConflict:
		return later, err == nil
	case http.StatusServiceUnavailable:
		return later, broken && err == nil
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return later, true
	}
	return 0, false
}

// unanswered is a request whose connection broke, and that got no answer since.
type unanswered struct {
	waited time.Duration
	last   error
	wrote  bool
}

// Error implements error.
func (u *unanswered) Error() string {
	text := fmt.Sprintf("the connection broke, and there was no answer for %s: %s", u.waited, u.last)
	if u.wrote {
		text += "; it is not known whether it was done: look before you ask again"
	}
	return text
}
