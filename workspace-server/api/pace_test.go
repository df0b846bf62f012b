package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
)

// paced is a workspace that holds whoever asks to one request a second, and two more at once.
func paced(t *testing.T, by config.RateLimit) *bundle {
	t.Helper()
	b := setup(t)
	now := time.Now()
	b.api.Now = func() time.Time { return now }
	b.api.Config.Settings().RateLimit, b.api.Pace = by, throttle.New(1, 2, 100)
	return b
}

// from asks as somebody, from an address of whatever kind.
func (b *bundle) from(as person, remote string, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, api.Prefix+"/users/me", nil)
	r.RemoteAddr = remote
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	if as.token != "" {
		r.Header.Set("Authorization", "Bearer "+as.token)
	}
	w := httptest.NewRecorder()
	b.api.Handler().ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

func TestWhoAsksTooOftenIsToldSoAndWhenToComeBack(t *testing.T) {
	t.Parallel()
	b := paced(t, config.RateLimit{ByAddress: true})
	told := func(a answer) string {
		var all []string
		for _, name := range []string{"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After"} {
			all = append(all, a.header.Get(name))
		}
		return strings.Join(all, " ")
	}
	for _, want := range []string{"3 2 1 ", "3 1 2 ", "3 0 3 "} {
		if got := b.from(b.member, "192.0.2.1:1"); got.status != http.StatusOK || told(got) != want {
			t.Fatalf("%d with %q, want %q", got.status, told(got), want)
		}
	}
	if got := b.from(b.admin, "192.0.2.1:2"); got.status != http.StatusTooManyRequests || told(got) != "3 0 3 1" || string(got.body) != "limit exceeded\n" {
		t.Errorf("too often: %d with %q: %s", got.status, told(got), got.body)
	}
	if got := b.from(b.member, "192.0.2.2:1"); got.status != http.StatusOK {
		t.Errorf("from elsewhere: %d", got.status)
	}
	now := b.api.Now().Add(time.Second)
	b.api.Now = func() time.Time { return now }
	if got := b.from(b.member, "192.0.2.1:1"); got.status != http.StatusOK {
		t.Errorf("a second later: %d", got.status)
	}
}

func TestEachUserIsHeldToTheRateFromWhereverTheyAsk(t *testing.T) {
	t.Parallel()
	b := paced(t, config.RateLimit{ByUser: true})
	for _, remote := range []string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"} {
		if got := b.from(b.member, remote); got.status != http.StatusOK {
			t.Fatalf("from %s: %d", remote, got.status)
		}
	}
	if got := b.from(b.member, "192.0.2.4:1"); got.status != http.StatusTooManyRequests {
		t.Errorf("from a fourth address: %d", got.status)
	}
	if got := b.from(b.admin, "192.0.2.4:1"); got.status != http.StatusOK {
		t.Errorf("another user: %d", got.status)
	}
	for i := range 4 { // tokens that are none are no users
		if got := b.from(person{token: strings.Repeat("abcd"[i:i+1], 26)}, "192.0.2.9:1").status; (got == http.StatusTooManyRequests) != (i == 3) {
			t.Errorf("guess %d answers %d", i, got)
		}
	}
}

func TestWhoAsksIsKnownByWhatTheNextProxySays(t *testing.T) {
	t.Parallel()
	b := paced(t, config.RateLimit{ByAddress: true})
	const edge, far = "@", "X-Forwarded-For"
	exhaust := func(remote string, header ...string) {
		for range 3 {
			b.from(b.member, remote, header...)
		}
	}
	refused := func(what string, want bool, remote string, header ...string) {
		t.Helper()
		if got := b.from(b.member, remote, header...).status; (got == http.StatusTooManyRequests) != want {
			t.Errorf("%s: %d", what, got)
		}
	}
	exhaust(edge, far, "192.0.2.1")
	refused("the same by the edge", true, edge, far, "192.0.2.1")
	refused("another by the edge", false, edge, far, "192.0.2.2")
	refused("the same with a forged beginning", true, edge, far, "198.51.100.1, 192.0.2.1")
	exhaust("192.0.2.7:1", far, "198.51.100.1")
	refused("a header that nobody trusts", true, "192.0.2.7:1", far, "198.51.100.2")
	exhaust("[2001:db8::1]:1")
	refused("the same network", true, "[2001:db8::2]:1")
	refused("another network", false, "[2001:db8:0:1::2]:1")
	b.api.Config.Settings().RateLimit.ProxyHeader = "X-Real-Ip"
	exhaust("192.0.2.8:1", "X-Real-Ip", "203.0.113.1")
	refused("another by a trusted proxy", false, "192.0.2.8:1", "X-Real-Ip", "203.0.113.2")
	refused("the same by a trusted proxy", true, "192.0.2.9:1", "X-Real-Ip", "203.0.113.1")
}
