package certs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

// Reason says why a certificate could not be had.
type Reason string

// The reasons.
const (
	// Control: the control plane could not be reached, or did not do what it was asked to.
	Control Reason = "control"
	// Issuer: the issuer refused, or could not be reached.
	Issuer Reason = "issuer"
	// Slow: it took too long.
	Slow Reason = "slow"
	// Check: what was issued, or is kept, did not stand a handshake.
	Check Reason = "check"
	// Budget: as many were asked for as may be.
	Budget Reason = "budget"
)

// Reasons lists all of them.
var Reasons = []Reason{Control, Issuer, Slow, Check, Budget}

// How long a host is left alone after a failure: twice as long each time. Issuers count failures, some five of a host in an hour; the
// control plane does not.
const (
	firstOfControl   = time.Second
	longestOfControl = 30 * time.Second
	firstOfIssuer    = time.Minute
	longestOfIssuer  = time.Hour
	// longestLimit is the longest that a limit may make a host wait, which is counted by the week.
	longestLimit = 7 * 24 * time.Hour
)

// failure is what a host's certificate last failed of.
type failure struct {
	said  string
	until time.Time
	pause time.Duration
}

// trouble remembers what failed, so that a host that nobody issues for is neither asked for all the time nor logged all the time.
type trouble struct {
	log     func(args ...any)
	counts  map[Reason]*atomic.Int64
	mu      sync.Mutex
	failing map[string]failure
}

func newTrouble(log func(args ...any)) *trouble {
	t := &trouble{log: log, counts: map[Reason]*atomic.Int64{}, failing: map[string]failure{}}
	for _, r := range Reasons {
		t.counts[r] = new(atomic.Int64)
	}
	return t
}

// with returns why nobody tries to get a certificate for the host now, or nil.
func (t *trouble) with(host string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.failing[host]; ok && now.Before(f.until) {
		return fmt.Errorf("no certificate until %s: %s", f.until.UTC().Format(time.RFC3339), f.said)
	}
	return nil
}

// note remembers how an attempt ended.
func (t *trouble) note(host string, err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		delete(t.failing, host)
		return
	}
	reason, said := explain(err)
	t.counts[reason].Add(1)
	last := t.failing[host]
	first, longest := firstOfIssuer, longestOfIssuer
	if reason == Control {
		first, longest = firstOfControl, longestOfControl
	}
	pause := min(max(2*last.pause, first), longest)
	until := now.Add(pause)
	if reason == Budget || isLimit(err) { // it says itself when it goes on
		until = limitedUntil(err, now)
	}
	t.failing[host] = failure{said: said, until: until, pause: pause}
	if said != last.said {
		t.log("host", host, "reason", string(reason), "error", said)
	}
}

func (t *trouble) forget(host string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failing, host)
}

// explain leaves what is another one each time out of what an ACME server says.
func explain(err error) (Reason, string) {
	var problem acme.Problem
	var many *tooMany
	switch {
	case errors.As(err, &many):
		return Budget, many.said
	case errors.As(err, &problem):
		return Issuer, fmt.Sprintf("%s: %.500s", problem.Type, problem.Detail)
	case errors.Is(err, errUnfit):
		return Check, err.Error()
	case errors.Is(err, errControl):
		return Control, err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return Slow, fmt.Sprintf("it took longer than %s", issueLimit)
	}
	return Issuer, err.Error()
}
