package edge

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// Only who came by https is told to come by nothing else, and once, whatever the instance says of it.
func TestBrowsersThatCameByHTTPSAreToldToStay(t *testing.T) {
	t.Parallel()
	for strict, want := range map[time.Duration]string{0: "max-age=1; includeSubDomains", 365 * 24 * time.Hour: "max-age=31536000"} {
		r := newSecureRig(t)
		stopped := routeTo("halted", "")
		stopped.State, stopped.Upstream.Address = "stopped", ""
		r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=1; includeSubDomains")
			_, _ = io.WriteString(w, "acme")
		})), stopped)
		r.config.TLS.Strict = strict
		r.start()
		r.waitVersion(1)
		for version := 1; version <= 2; version++ {
			a := ask(t, r.secureClient(version, friend, "acme"), r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil))
			if said := a.Header.Values("Strict-Transport-Security"); a.StatusCode != http.StatusOK || len(said) != 1 || said[0] != want {
				t.Errorf("HSTS of %s, HTTP/%d: %d %q, want %q", strict, version, a.StatusCode, said, want)
			}
		}
		refused := ask(t, r.secureClient(1, friend, "halted"), r.request(http.MethodGet, "halted.longhouse.localhost", "/", nil))
		if said := refused.Header.Get("Strict-Transport-Security"); refused.StatusCode != http.StatusServiceUnavailable || (said != "") != (strict != 0) {
			t.Errorf("HSTS of %s: a refusal says %q", strict, said)
		}
		if said := r.get("halted.longhouse.localhost", "/").Header.Get("Strict-Transport-Security"); said != "" {
			t.Errorf("HSTS of %s: who comes in plain is told %q", strict, said)
		}
	}
}
