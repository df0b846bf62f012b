package edge

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// A test's clients are at these two addresses of this machine.
const (
	friend   = "127.0.0.1"
	stranger = "127.0.0.2"
)

// allowing returns the route with an IP filter that is newer than the one before, of these networks and no other.
func allowing(route feed.Route, networks ...string) feed.Route {
	route.PolicyVersion++
	route.Filter = &feed.Filter{}
	for _, network := range networks {
		route.Filter.Rules = append(route.Filter.Rules, feed.Rule{ID: "ipr_" + network, Network: network})
	}
	return route
}

// known is a route as the edge keeps it.
func known(t testing.TB, said feed.Route) *Route {
	t.Helper()
	route, err := newRoute(said)
	must(t, err)
	return route
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

func dialFrom(address string) dialer {
	return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext
}

// clientAt speaks HTTP/1.1 from an address, over a connection that stays open.
func (r *rig) clientAt(address string) *http.Client {
	transport := &http.Transport{DialContext: dialFrom(address), DisableCompression: true}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func (r *rig) getAt(address, host, path string, header ...string) *answerOf {
	r.t.Helper()
	req := r.request(http.MethodGet, host, path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	req.Close = true
	return ask(r.t, r.clientAt(address), req)
}

func ask(t *testing.T, client *http.Client, req *http.Request) *answerOf {
	t.Helper()
	res, err := client.Do(req)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &answerOf{Response: res, body: string(body), err: err}
}

func TestFilterRefusesWhomNoRuleNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var heard atomic.Int64
	acme := allowing(r.instance("acme", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) })), friend)
	halted := allowing(routeTo("halted", "/nowhere"), friend)
	halted.State, halted.Message = feed.StateStopped, "Moving to Lyon."
	r.control.set(1, acme, halted, r.instance("globex", says("globex here")))
	r.start()
	r.waitVersion(1)

	r.getAt(friend, "acme.longhouse.localhost", "/").want(t, http.StatusOK, "")
	r.getAt(friend, "halted.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "Lyon")
	r.getAt(stranger, "globex.longhouse.localhost", "/").want(t, http.StatusOK, "globex here")

	const sentence = "Your network address, 127.0.0.2, is not allowed to reach this workspace. Ask an admin of the workspace to let it in."
	r.getAt(stranger, "acme.longhouse.localhost", "/").want(t, http.StatusForbidden, sentence)
	page := r.getAt(stranger, "halted.longhouse.localhost", "/", "Accept", "text/html")
	page.want(t, http.StatusForbidden, sentence)
	for _, told := range []string{"Lyon", "acme", "ws_", "127.0.0.1", "version"} {
		if strings.Contains(page.body, told) {
			t.Errorf("the page tells %q: %s", told, page.body)
		}
	}
	api := r.getAt(stranger, "acme.longhouse.localhost", "/api/v4/users/me")
	var answer map[string]any
	must(t, json.Unmarshal([]byte(api.body), &answer))
	if answer["id"] != "longhouse.edge.address_denied.app_error" || answer["status_code"] != 403.0 || answer["message"] != sentence ||
		api.Header.Get("Cache-Control") != "no-store" || api.Header.Get("Retry-After") != "" {
		t.Errorf("header %v, body %v", api.Header, answer)
	}
	if n := heard.Load(); n != 1 {
		t.Errorf("the instance heard %d requests", n)
	}
	r.admin("/metrics").want(t, http.StatusOK, `longhouse_edge_refusals_total{reason="address_denied"} 3`)
	eventually(t, "the refusals are logged", func() bool {
		n := 0
		for _, line := range r.logs.access(t) {
			if line["refused"] == "address_denied" && line["client"] == stranger && line["workspace"] != nil {
				n++
			}
		}
		return n == 3
	})
}

func TestChangeOfTheFilterDecidesTheNextRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route := allowing(r.instance("acme", says("acme here")), friend)
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	client := r.clientAt(stranger)
	want := func(version int64, status int) {
		t.Helper()
		if version > 1 {
			r.control.change(version, route)
			r.waitVersion(version)
		}
		ask(t, client, r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil)).want(t, status, "")
	}
	want(1, http.StatusForbidden)
	route = allowing(route, friend, stranger)
	want(2, http.StatusOK)
	route = allowing(route)
	want(3, http.StatusForbidden)
	route = allowing(route)
	route.Filter.Open = true
	want(4, http.StatusOK)
	route = allowing(route)
	route.Filter = nil
	want(5, http.StatusForbidden)
	route.PolicyVersion = 0
	want(6, http.StatusOK)
	route = allowing(route, "nonsense", "127.0.0.0/8")
	want(7, http.StatusOK)
	if all := r.logs.String(); !strings.Contains(all, "route is unusable in part") || !strings.Contains(all, "ipr_nonsense") {
		t.Error("nobody complains about the rule that can't be read")
	}
}

func TestRuleEndsWithoutAMessage(t *testing.T) {
	t.Parallel()
	table, now := NewTable(), time.Unix(1_000_000, 0)
	table.now = func() time.Time { return now }
	route := allowing(routeTo("acme", "/s"), friend)
	end := now.Add(time.Hour)
	route.Filter.Rules[0].Until = &end
	_, err := table.Replace(feed.Message{Version: 1, Routes: []feed.Route{route}})
	must(t, err)
	now = end.Add(-time.Microsecond)
	if !comesIn(table, "acme.longhouse.localhost", friend) {
		t.Error("the rule ended early")
	}
	now = end
	if comesIn(table, "acme.longhouse.localhost", friend) {
		t.Error("the rule goes on after its end")
	}
}

// comesIn reports whether a client at the address, which may be none, is let into the workspace at the host.
func comesIn(table *Table, host, address string) bool {
	client, _ := netip.ParseAddr(address)
	x := &exchange{client: client}
	defer x.leave()
	return table.Lookup(host).door.enter(x).onward
}

func TestClientWithoutAnAddressIsLetInByNoRule(t *testing.T) {
	t.Parallel()
	open := allowing(routeTo("open", "/s"))
	open.Filter.Open = true
	table := filled(t, 1, allowing(routeTo("acme", "/s"), "0.0.0.0/0", "::/0"), open, routeTo("free", "/s"))
	for host, want := range map[string]bool{"acme": false, "open": true, "free": true} {
		if got := comesIn(table, host+".longhouse.localhost", "@"); got != want {
			t.Errorf("%s lets it in: %v", host, got)
		}
	}
}

func TestFilterDecidesByWhomATrustedHopNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.Trust = Trust{Hops: []netip.Prefix{netip.MustParsePrefix(stranger + "/32")}, Header: XForwardedFor}
	r.control.set(1, allowing(r.instance("acme", says("acme here")), "203.0.113.7"))
	r.start()
	r.waitVersion(1)
	for _, c := range []struct {
		from, named string
		status      int
		told        string
	}{
		{stranger, "203.0.113.7", http.StatusOK, "acme here"},
		{stranger, "203.0.113.7, 203.0.113.8", http.StatusForbidden, "203.0.113.8"},
		{stranger, "nonsense", http.StatusForbidden, "unknown"},
		{friend, "203.0.113.7", http.StatusForbidden, friend},
	} {
		r.getAt(c.from, "acme.longhouse.localhost", "/", "X-Forwarded-For", c.named).want(t, c.status, c.told)
	}
}

// TestFilterIsOnDisk: an edge that begins without a control plane decides as the one before it did.
func TestFilterIsOnDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	acme := allowing(r.instance("acme", says("acme here")), friend)
	unknown := r.instance("unknown", says("never"))
	unknown.PolicyVersion = 7
	globex := r.instance("globex", says("globex here"))
	r.control.set(1, acme, unknown, globex)
	r.start()
	r.waitVersion(1)
	r.control.change(2, allowing(globex, stranger))
	r.waitVersion(2)
	must(t, r.stop())
	r.control.with(func() { r.control.deaf = true })
	r.start()
	for _, c := range []struct {
		client, workspace string
		status            int
	}{
		{friend, "acme", 200}, {stranger, "acme", 403}, {friend, "unknown", 403}, {stranger, "unknown", 403}, {friend, "globex", 403}, {stranger, "globex", 200},
	} {
		r.getAt(c.client, c.workspace+".longhouse.localhost", "/").want(t, c.status, "")
	}
}
