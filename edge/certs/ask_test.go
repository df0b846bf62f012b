package certs

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

func TestTheControlPlaneKnowsWhatIssuersAreAskedFor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, err := r.get(hostA)
	must(t, err)
	r.signer.Refuse("no more certificates today")
	_, err = r.get("b.longhouse.localhost")
	if err == nil {
		t.Error("it was issued")
	}
	asks := r.signer.Asks()
	if len(asks) != 2 || asks[0].Host != hostA || asks[0].Issuer != "local" || !asks[0].Ended || asks[0].Failed != "" ||
		!asks[1].Ended || asks[1].Failed != "the control plane refuses: no more certificates today" {
		t.Errorf("asks: %+v", asks)
	}
}

func TestNoIssuerIsAskedForMoreThanMayBe(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, plainOnly, 90*24*3600)
	r.signer.Limit("50 hosts under longhouse.localhost got their first TLS certificate within 7 days, as many as may be; it goes on at noon")
	r.serve()
	for range 3 {
		if _, err := r.get(hostA); err == nil || !strings.Contains(err.Error(), "it goes on at noon") {
			t.Errorf("err = %v", err)
		}
	}
	f := r.certs.Figures()
	if f.Failures[Budget] != 1 || f.Failing != 1 || r.acme.Orders.Load() != 0 || strings.Count(r.logs.String(), "reason=budget") != 1 {
		t.Errorf("figures: %+v after %d orders; the log says:\n%s", f, r.acme.Orders.Load(), r.logs)
	}
	now := time.Now()
	if r.certs.trouble.with(hostA, now.Add(29*time.Minute)) == nil || r.certs.trouble.with(hostA, now.Add(31*time.Minute)) != nil {
		t.Error("it is not tried again when the control plane said")
	}
	r.signer.Limit("")
	r.certs.trouble.forget(hostA) // that time has come
	await(t, func() error { _, err := r.get(hostA); return err })
}

func TestALimitedIssuerIsLeftAloneForAsLongAsItSays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	limited := func(said string) error {
		return acme.Problem{Type: acme.ProblemTypeRateLimited, Status: http.StatusTooManyRequests, Detail: said}
	}
	for said, want := range map[string]time.Duration{
		"too many certificates already issued, retry after 2026-12-01 18:30:00 UTC: see https://letsencrypt.org/docs/rate-limits/": 6*time.Hour + 30*time.Minute,
		"slow down, retry after 2026-12-01T12:10:00Z": 10 * time.Minute,
		"too many":                            time.Hour,
		"retry after tomorrow":                time.Hour,
		"retry after 2026-11-01 00:00:00 UTC": time.Minute,
		"retry after 2036-11-01 00:00:00 UTC, in the next age": 7 * 24 * time.Hour,
	} {
		if got := limitedUntil(limited(said), now).Sub(now); got != want {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
	if isLimit(acme.Problem{Type: acme.ProblemTypeConnection}) || isLimit(errors.New("no")) {
		t.Error("what is no limit is taken for one")
	}
}

// FuzzRetryAfter: no words of an issuer make a host wait for longer than a week, or be asked for all the time.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"retry after 2026-12-01 18:30:00 UTC", "retry after 9999-99-99 99:99:99Z", ""} {
		f.Add(seed)
	}
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, said string) {
		pause := limitedUntil(acme.Problem{Type: acme.ProblemTypeRateLimited, Detail: said}, now).Sub(now)
		if pause < time.Minute || pause > 7*24*time.Hour {
			t.Fatalf("%q: %s", said, pause)
		}
	})
}
