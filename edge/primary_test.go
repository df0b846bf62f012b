package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const browser = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"

// unfollowed asks without following anybody.
func (r *rig) unfollowed(method, host, path string, header ...string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://"+r.addr()+path, nil)
	must(r.t, err)
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	must(r.t, err)
	must(r.t, res.Body.Close())
	return res
}

// withDomain is a route that has a domain of its customer's as its primary host.
func withDomain(r feed.Route) feed.Route {
	r.Hosts = append(r.Hosts, "chat.example.com", "talk.example.com")
	r.PrimaryHost = "chat.example.com"
	return r
}

func TestBrowsersAreSentToThePrimaryHostAndProgramsAreServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, withDomain(r.instance("acme", says("served"))))
	r.start()
	r.waitVersion(1)
	const old = "acme.longhouse.localhost"
	for _, c := range []struct {
		method, host, path, accept, location string
	}{
		{http.MethodGet, old, "/team/channels/x?a=b%20c", browser, "http://chat.example.com/team/channels/x?a=b%20c"},
		{http.MethodHead, old + ":8065", "/", browser, "http://chat.example.com:8065/"},
		{http.MethodGet, "TALK.example.com.", "/", browser, "http://chat.example.com/"},
		{http.MethodGet, old, "//evil.example/", browser, "http://chat.example.com//evil.example/"},
		{http.MethodGet, "chat.example.com", "/", browser, ""},
		{http.MethodGet, old, "/", "*/*", ""},
		{http.MethodGet, old, "/", "", ""},
		{http.MethodPost, old, "/", browser, ""},
		{http.MethodGet, old, "/api/v4/users/me", browser, ""},
	} {
		res := r.unfollowed(c.method, c.host, c.path, "Accept", c.accept)
		want := http.StatusOK
		if c.location != "" {
			want = http.StatusTemporaryRedirect
		}
		if res.StatusCode != want || res.Header.Get("Location") != c.location {
			t.Errorf("%s %s%s for %q: %d to %q, want %d to %q", c.method, c.host, c.path, c.accept, res.StatusCode, res.Header.Get("Location"), want, c.location)
		}
	}
	socket := r.unfollowed(http.MethodGet, old, "/x", "Accept", browser, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version", "13")
	if socket.StatusCode == http.StatusTemporaryRedirect {
		t.Error("a web socket is sent elsewhere")
	}
}

func TestOverTLSBrowsersAreSentToHTTPS(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	r.control.set(1, withDomain(r.instance("acme", says("served"))))
	r.start()
	r.waitVersion(1)
	address := strings.TrimPrefix(r.secureAddr(), "127.0.0.1")
	req, err := http.NewRequest(http.MethodGet, "https://acme.longhouse.localhost"+address+"/x", nil)
	must(t, err)
	req.Header.Set("Accept", browser)
	res, err := r.browser().Transport.RoundTrip(req)
	must(t, err)
	must(t, res.Body.Close())
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusTemporaryRedirect || got != "https://chat.example.com"+address+"/x" {
		t.Errorf("%d to %q", res.StatusCode, got)
	}
}

// Who isn't let in learns no other name of the workspace, by none of its names.
func TestTheIPFilterHoldsOnEachNameOfAWorkspace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route := withDomain(r.instance("acme", says("served")))
	closed := func(version int64, network string) {
		route.Version, route.PolicyVersion = version, version
		route.Filter = &feed.Filter{Rules: []feed.Rule{{ID: "ipr_1", Network: network}}}
	}
	closed(1, "203.0.113.0/24")
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	for _, host := range route.Hosts {
		for _, accept := range []string{browser, "*/*"} {
			if res := r.unfollowed(http.MethodGet, host, "/", "Accept", accept); res.StatusCode != http.StatusForbidden || res.Header.Get("Location") != "" {
				t.Errorf("%s for %s: %d to %q", host, accept, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
	closed(2, "127.0.0.0/8")
	r.control.change(2, route)
	r.waitVersion(2)
	for _, host := range route.Hosts {
		if res := r.unfollowed(http.MethodGet, host, "/"); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", host, res.StatusCode)
		}
	}
}

func TestAPrimaryHostIsOneOfTheRoute(t *testing.T) {
	t.Parallel()
	route := routeTo("acme", "/s")
	route.PrimaryHost = "evil.example"
	if got, err := newRoute(route); err == nil || got.PrimaryHost != "" || len(got.Hosts) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	good, err := newRoute(withDomain(routeTo("acme", "/s")))
	if err != nil || good.PrimaryHost != "chat.example.com" {
		t.Errorf("%+v, %v", good, err)
	}
	if less := good.without("chat.example.com"); less.PrimaryHost != "" {
		t.Errorf("it is sent to a host that another workspace has: %+v", less)
	}
}
