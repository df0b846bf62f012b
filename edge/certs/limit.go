package certs

import (
	"errors"
	"regexp"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

// limitPause is how long an issuer is left alone that has had enough and doesn't say for how long. What its answer says of that in a
// header (Retry-After) the library keeps to itself.
const limitPause = time.Hour

// isLimit reports whether an issuer has had enough.
func isLimit(err error) bool {
	var problem acme.Problem
	return errors.As(err, &problem) && (problem.Type == acme.ProblemTypeRateLimited || problem.Status == 429)
}

// limitedUntil returns when a limit lets a host go on, which is at least a minute away, and at most a week.
func limitedUntil(err error, now time.Time) time.Time {
	until := now.Add(limitPause)
	var many *tooMany
	var problem acme.Problem
	if errors.As(err, &many) {
		until = many.until
	} else if errors.As(err, &problem) {
		if said, ok := retryAfter(problem.Detail); ok {
			until = said
		}
	}
	if least := now.Add(firstOfIssuer); until.Before(least) {
		return least
	}
	if most := now.Add(longestLimit); until.After(most) {
		return most
	}
	return until
}

var afterForm = regexp.MustCompile(`retry after (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)( UTC|Z)`)

// retryAfter finds the time in what Let's Encrypt says of its limits: "..., retry after 2026-12-01 18:00:00 UTC: see ...".
func retryAfter(said string) (time.Time, bool) {
	found := afterForm.FindStringSubmatch(said)
	if found == nil {
		return time.Time{}, false
	}
	text := []byte(found[1])
	text[10] = ' '
	at, err := time.Parse(time.DateTime, string(text))
	return at, err == nil
}
