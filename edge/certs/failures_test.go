package certs

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
)

// howMany is for `go test ./edge/certs -run Thousand -v -args -names 1000`.
var howMany = flag.Int("names", 60, "how many names TestAThousandNames has certificates issued for")

// certmagic asks ten times in ten seconds at the most, which a thousand names would wait for a quarter of an hour.
func init() { certmagic.RateLimitEvents, certmagic.RateLimitEventsWindow = 0, 0 }

func TestEachFailureHasItsMessage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*acmeRig)
		said  []string
	}{
		"blocked":   {func(r *acmeRig) { r.acme.Block(r.t, hostA) }, []string{"reason=issuer", "acme:error:rejectedIdentifier"}},
		"wrong DNS": {func(r *acmeRig) { r.acme.Zone.Remove(hostA) }, []string{"reason=issuer", "acme:error:", "Could not resolve URL"}},
		"limited": {func(r *acmeRig) {
			r.acme.Limit("too many certificates for longhouse.localhost, retry after 2036-01-01 00:00:00 UTC")
		},
			[]string{"reason=issuer", "acme:error:rateLimited", "too many certificates for longhouse.localhost, retry after 2036"}},
		"not there":     {func(r *acmeRig) { r.config.ACME.Directory = "https://" + closed(r.t) + "/dir" }, []string{"reason=issuer", "connection refused"}},
		"somebody else": {func(r *acmeRig) { r.config.ACME.RootsFile = "" }, []string{"reason=issuer", "certificate signed by unknown authority"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newACMERig(t, plainOnly, 3600)
			c.spoil(r)
			r.serve(func(e *Certs) { e.every = time.Hour })
			if _, err := r.get(hostA); err == nil {
				t.Error("a certificate was issued")
			}
			eventually(t, "a reason", func() bool { return r.certs.Figures().Failures[Issuer] > 0 })
			for _, part := range append(c.said, "no TLS certificate", "host="+hostA) {
				if said := r.logs.String(); !strings.Contains(said, part) {
					t.Errorf("the log lacks %q:\n%s", part, said)
				}
			}
			if asks := r.signer.Asks(); len(asks) != 1 || asks[0].Failed == "" {
				t.Errorf("the control plane knows %+v", asks)
			}
			if name == "limited" && r.certs.trouble.with(hostA, time.Now().Add(6*24*time.Hour)) == nil {
				t.Error("it is asked again before the time that it named")
			}
		})
	}
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l := listen(t)
	must(t, l.Close())
	return l.Addr().String()
}

func TestAThousandNames(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, everyWay, 90*24*3600)
	var names []string
	for i := range *howMany {
		names = append(names, fmt.Sprintf("w%d.longhouse.localhost", i))
	}
	r.hosts.set(names...)
	r.serve(func(e *Certs) { e.every = time.Hour })
	begun, waiting := time.Now(), make(chan string)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for name := range waiting {
				for { // a handshake has less patience than the queue is long
					leaf, err := r.get(name)
					if err == nil && leaf.VerifyHostname(name) == nil {
						break
					}
					if time.Since(begun) > 10*time.Minute || r.certs.trouble.with(name, time.Now()) != nil {
						t.Errorf("%s: %v", name, err)
						break
					}
				}
			}
		})
	}
	for _, name := range names {
		waiting <- name
	}
	close(waiting)
	all.Wait()
	f := r.certs.Figures()
	if int(f.Held) != len(names) || int(f.Issued) != len(names) || int(r.acme.Orders.Load()) != len(names) || len(r.signer.Asks()) != len(names) || f.Failing != 0 {
		t.Errorf("figures: %+v after %d orders", f, r.acme.Orders.Load())
	}
	t.Logf("%d names in %s", len(names), time.Since(begun).Round(time.Millisecond))
}
