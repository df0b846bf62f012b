package edge

import (
	"net/http"
	"strings"
	"testing"
)

// claims are headers by which somebody somewhere is believed to be somebody else.
var claims = []string{
	"X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X-Forwarded", "Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "Client-Ip",
	"X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Fastly-Client-Ip", "X-Original-Forwarded-For", "X-Originating-Ip",
	"X-Remote-Ip", "X-Remote-Addr", "Remote-Addr", "X-Envoy-External-Address", "X-Azure-Clientip", "X-Appengine-User-Ip", "Proxy-Client-Ip",
	"Wl-Proxy-Client-Ip", "X-Proxyuser-Ip", "X-Longhouse-Client", "X-Longhouse-Client-Ip", "Via", "From",
}

// friends are ways to write the friend's address, and what a careless reader takes for it.
var friends = []string{
	"127.0.0.1", "127.0.0.1, 127.0.0.2", "127.0.0.2, 127.0.0.1", "127.0.0.1:443", "127.1", "127.0.1", "0177.0.0.1", "0177.0.0.01", "0x7f.0.0.1", "0x7f000001",
	"2130706433", "017700000001", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:443", "::ffff:7f00:1", "::127.0.0.1", "::1", "[::1]", "localhost", "for=127.0.0.1",
	`for="127.0.0.1:80";by=127.0.0.1`, `for="[::ffff:127.0.0.1]"`, "for=127.0.0.2, for=127.0.0.1", "unknown", "_hidden", "", " 127.0.0.1 ", "127.0.0.1%eth0", "127.0.0.0/8",
}

func TestNoHeaderGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	for _, client := range []*http.Client{f.clientOver(1, stranger), f.clientOver(2, stranger)} {
		for _, name := range claims {
			for _, value := range friends {
				req := f.request(http.MethodGet, "acme.longhouse.localhost", "/", nil)
				req.Header[name] = []string{value}
				a := ask(t, client, req)
				if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, stranger) {
					t.Fatalf("%s: %s: answered %d %q", name, value, a.StatusCode, a.body)
				}
			}
		}
		all := f.request(http.MethodGet, "acme.longhouse.localhost", "/", nil)
		for _, name := range claims {
			all.Header[name] = []string{friend, friend}
		}
		ask(t, client, all).want(t, http.StatusForbidden, "")
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests of a stranger", n)
	}
	// Nor is the friend taken for somebody else.
	f.getAt(friend, "acme.longhouse.localhost", "/", "X-Forwarded-For", stranger, "Forwarded", "for="+stranger).want(t, http.StatusOK, "acme here")
}

// TestMappedAddressesAreIPv4: a listener for both protocols gives IPv4 clients addresses of IPv6.
func TestMappedAddressesAreIPv4(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.Listen = "[::]:0"
	r.control.set(1, allowing(r.instance("four", says("four here")), friend), allowing(r.instance("six", says("six here")), "::1"),
		allowing(r.instance("mapped", says("mapped here")), "::ffff:127.0.0.2/128"), allowing(r.instance("all-six", says("all six here")), "::/0"))
	r.start()
	r.waitVersion(1)
	_, port, _ := strings.Cut(r.addr(), "]:")
	for _, c := range []struct{ from, to, served string }{
		{friend, "127.0.0.1:" + port, "four"},
		{friend, "[::ffff:127.0.0.1]:" + port, "four"},
		{stranger, "127.0.0.1:" + port, "mapped"},
		{stranger, "[::ffff:7f00:1]:" + port, "mapped"},
		{"::1", "[::1]:" + port, "six all-six"},
	} {
		for _, workspace := range []string{"four", "six", "mapped", "all-six"} {
			req := r.request(http.MethodGet, workspace+".longhouse.localhost", "/", nil)
			req.URL.Host = c.to
			status := http.StatusForbidden
			for served := range strings.FieldsSeq(c.served) {
				if served == workspace {
					status = http.StatusOK
				}
			}
			if a := ask(t, r.clientAt(c.from), req); a.StatusCode != status {
				t.Errorf("from %s to %s: %s answers %d, want %d: %s", c.from, c.to, workspace, a.StatusCode, status, a.body)
			}
		}
	}
}
