package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func hopsOf(t testing.TB, header string, networks ...string) *trustedHops {
	t.Helper()
	trust := Trust{Header: header, Announced: header == ""}
	for _, n := range networks {
		trust.Hops = append(trust.Hops, netip.MustParsePrefix(n))
	}
	must(t, trust.Validate())
	w, err := newTrustedHops(trust)
	must(t, err)
	return w
}

func TestWhoAsksIsTheLastThatNoHopIs(t *testing.T) {
	t.Parallel()
	const nobody = "invalid IP"
	for name, c := range map[string]struct {
		peer, header string
		lines        []string
		want         string
	}{
		"a stranger's word":            {"198.51.100.9", XForwardedFor, []string{"203.0.113.7"}, "198.51.100.9"},
		"a hop's word":                 {"10.0.0.1", XForwardedFor, []string{"203.0.113.7"}, "203.0.113.7"},
		"what the client wrote before": {"10.0.0.1", XForwardedFor, []string{"10.9.9.9, 192.0.2.1, 203.0.113.7"}, "203.0.113.7"},
		"two hops":                     {"10.0.0.1", XForwardedFor, []string{"192.0.2.1, 203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		"two lines":                    {"10.0.0.1", XForwardedFor, []string{"192.0.2.1", "203.0.113.7"}, "203.0.113.7"},
		"a mapped hop and client":      {"10.0.0.1", XForwardedFor, []string{"::ffff:203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7"},
		"with a port":                  {"10.0.0.1", XForwardedFor, []string{"203.0.113.7:1234"}, "203.0.113.7"},
		"IPv6 with a port":             {"10.0.0.1", XForwardedFor, []string{"[2001:db8::7]:1234"}, "2001:db8::7"},
		"IPv6":                         {"2001:db8:1::1", XForwardedFor, []string{"2001:db8::7"}, "2001:db8::7"},
		"nothing":                      {"10.0.0.1", XForwardedFor, nil, nobody},
		"an empty line":                {"10.0.0.1", XForwardedFor, []string{""}, nobody},
		"a word last":                  {"10.0.0.1", XForwardedFor, []string{"203.0.113.7, unknown"}, nobody},
		"an octal form last":           {"10.0.0.1", XForwardedFor, []string{"203.0.113.7, 0313.0.113.8"}, nobody},
		"a short form last":            {"10.0.0.1", XForwardedFor, []string{"203.0.113.7, 203.7"}, nobody},
		"hops only":                    {"10.0.0.1", XForwardedFor, []string{"10.0.0.3, 10.0.0.2"}, nobody},
		"RFC 7239":                     {"10.0.0.1", Forwarded, []string{`for=192.0.2.1, for=203.0.113.7;proto=https;by=10.0.0.1`}, "203.0.113.7"},
		"RFC 7239, IPv6":               {"10.0.0.1", Forwarded, []string{`For="[2001:db8::7]:4711"`}, "2001:db8::7"},
		"RFC 7239, hidden":             {"10.0.0.1", Forwarded, []string{`for=192.0.2.1, for=_hidden`}, nobody},
		"RFC 7239, an open quote":      {"10.0.0.1", Forwarded, []string{`for="192.0.2.1, for=203.0.113.7`}, "203.0.113.7"},
	} {
		h := http.Header{}
		h[c.header] = c.lines
		// The other header is the client's, and never believed.
		h[map[string]string{XForwardedFor: Forwarded, Forwarded: XForwardedFor}[c.header]] = []string{"for=192.0.2.66", "192.0.2.66"}
		hops := hopsOf(t, c.header, "10.0.0.0/8", "2001:db8:1::/48")
		if got := hops.client(netip.MustParseAddr(c.peer), h).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestOnlyAHopSaysThatItsClientSpeaksTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer, header, name string
		lines              []string
		want               bool
	}{
		"a hop":                 {"10.0.0.1", XForwardedFor, "X-Forwarded-Proto", []string{"https"}, true},
		"a hop that doesn't":    {"10.0.0.1", XForwardedFor, "X-Forwarded-Proto", []string{"http"}, false},
		"a stranger":            {"198.51.100.9", XForwardedFor, "X-Forwarded-Proto", []string{"https"}, false},
		"two that differ":       {"10.0.0.1", XForwardedFor, "X-Forwarded-Proto", []string{"https", "http"}, false},
		"RFC 7239":              {"10.0.0.1", Forwarded, Forwarded, []string{`for=1.2.3.4;Proto="https"`}, true},
		"RFC 7239, not the hop": {"10.0.0.1", Forwarded, Forwarded, []string{`proto=https, for=1.2.3.4`}, false},
		"of the other kind":     {"10.0.0.1", Forwarded, "X-Forwarded-Proto", []string{"https"}, false},
	} {
		h := http.Header{c.name: c.lines}
		if got := hopsOf(t, c.header, "10.0.0.0/8").encrypted(netip.MustParseAddr(c.peer), h); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheInstanceHearsWhomAHopSpeaksFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.Trust = Trust{Hops: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Header: XForwardedFor}
	heard := make(chan http.Header, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header })))
	r.start(func(s *server) { s.listener.each = 0 }) // a client's share is none, and a hop has no share
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/", XForwardedFor, "192.0.2.1, 203.0.113.7", "X-Forwarded-Proto", "https", "Forwarded", "for=192.0.2.66").want(t, 200, "")
	h := <-heard
	if h.Get(XForwardedFor) != "203.0.113.7" || h.Get("X-Forwarded-Proto") != "https" || h.Get(Forwarded) != "" {
		t.Errorf("the instance heard %v", h)
	}
	eventually(t, "the hop has left", func() bool { return r.server.listener.count() == 0 })
}

func TestOddTrustIsRefused(t *testing.T) {
	t.Parallel()
	one := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for says, trust := range map[string]Trust{
		"would believe everybody": {Hops: []netip.Prefix{netip.MustParsePrefix("::/0")}, Header: Forwarded},
		"allowed are":             {Hops: one, Header: "X-Real-Ip"},
		"needed":                  {Header: XForwardedFor},
		"trusted proxies: needed": {Announced: true},
		"believed in nothing":     {Hops: one},
	} {
		if err := trust.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", trust, err, says)
		}
	}
}

func FuzzHops(f *testing.F) {
	f.Add("203.0.113.7, 10.0.0.2", `for="[2001:db8::7]:4711";proto=https`)
	f.Add(`"`, `for="x, for=1.2.3.4`)
	f.Fuzz(func(t *testing.T, list, elements string) {
		hop := netip.MustParseAddr("10.0.0.1")
		h := http.Header{XForwardedFor: {list}, Forwarded: {elements}}
		for _, header := range []string{XForwardedFor, Forwarded} {
			hops := hopsOf(t, header, "10.0.0.0/8")
			if got := hops.client(hop, h); got.IsValid() && (hops.include(got) || got.Is4In6() || got.Zone() != "") {
				t.Fatalf("%q by %s is %s", h[header], header, got)
			}
			// What a client wrote before the hop's own element changes nothing.
			h := http.Header{XForwardedFor: {list + ", 203.0.113.7"}, Forwarded: {elements + ", for=203.0.113.7"}}
			if got := hops.client(hop, h); got != netip.MustParseAddr("203.0.113.7") {
				t.Fatalf("%q by %s is %s", h[header], header, got)
			}
		}
	})
}
