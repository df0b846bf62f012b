package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// TestHTTP3IsToldOfOverTLSAlone, and to nobody who comes through a load balancer, whose UDP port nobody knows.
func TestHTTP3IsToldOfOverTLSAlone(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.config.Trust = Trust{Hops: []netip.Prefix{netip.MustParsePrefix(stranger + "/32")}, Header: XForwardedFor}
	r.control.set(1, allowing(r.instance("acme", says("here")), friend))
	r.startHTTP3()
	toldBy := func(client *http.Client) bool {
		return len(ask(t, client, r.request(http.MethodGet, acmeHost, "/", nil)).Header["Alt-Svc"]) > 0
	}
	for version := 1; version <= 3; version++ {
		if !toldBy(r.secureClient(version, friend, "acme")) {
			t.Errorf("HTTP/%d: nothing is told", version)
		}
		if toldBy(r.secureClient(version, stranger, "acme")) {
			t.Errorf("HTTP/%d: a load balancer is told", version)
		}
	}
	if toldBy(r.clientAt(friend)) {
		t.Error("who comes in plain is told")
	}
	// What the load balancer says of its client counts over HTTP/3 as well, and nobody else's word does.
	for from, want := range map[string]int{stranger: http.StatusOK, "127.0.0.3": http.StatusForbidden} {
		req := r.request(http.MethodGet, acmeHost, "/", nil)
		req.Header.Set("X-Forwarded-For", friend)
		if a := ask(t, r.http3Client(from, "acme"), req); a.StatusCode != want {
			t.Errorf("from %s for %s: %d %s", from, friend, a.StatusCode, a.body)
		}
	}
	eventually(t, "the access log tells of both", func() bool {
		seen := map[string]bool{}
		for _, line := range r.logs.access(t) {
			seen[fmt.Sprint(line["client"], " ", line["status"])] = true
		}
		return seen[friend+" 200"] && seen["127.0.0.3 403"] && !seen[stranger+" 200"]
	})
}

// TestHTTP3IsNotOfferedWhereItIsNotWanted, nor where connections are announced by those who make them: packets are not.
func TestHTTP3IsNotOfferedWhereItIsNotWanted(t *testing.T) {
	t.Parallel()
	for name, tune := range map[string]func(*Config){
		"off": func(c *Config) { c.TLS.HTTP3 = false },
		"the PROXY protocol": func(c *Config) {
			c.Trust = Trust{Hops: []netip.Prefix{netip.MustParsePrefix(stranger + "/32")}, Announced: true}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newHTTP3Rig(t)
			tune(&r.config)
			r.control.set(1, r.instance("acme", says("here")))
			r.start()
			r.waitVersion(1)
			a := ask(t, r.secureClient(2, friend, "acme"), r.request(http.MethodGet, acmeHost, "/", nil))
			a.want(t, http.StatusOK, "here")
			if len(a.Header["Alt-Svc"]) > 0 || r.server.http3 != nil {
				t.Errorf("it is offered: %v", a.Header)
			}
			if metrics := r.admin("/metrics").body; !strings.Contains(metrics, "longhouse_edge_http3 0\n") || !strings.Contains(metrics, "longhouse_edge_http3_connections 0\n") {
				t.Error("the metrics don't tell")
			}
			var info Info
			must(t, json.Unmarshal([]byte(r.admin("/v1/info").body), &info))
			if info.HTTP3 || strings.Contains(r.logs.String(), "HTTP/3 is not offered") != (name != "off") {
				t.Errorf("info %+v, log %s", info, r.logs)
			}
		})
	}
}

// TestMappedAddressesAreIPv4OverQUIC: a listener for both protocols gives IPv4 clients addresses of IPv6.
func TestMappedAddressesAreIPv4OverQUIC(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.config.TLS.Listen = "[::]:0"
	four, six := allowing(r.instance("acme", says("four here")), friend), allowing(r.instance("globex", says("six here")), "::1")
	r.control.set(1, four, six)
	r.startHTTP3()
	_, port, err := net.SplitHostPort(r.secureAddr())
	must(t, err)
	for _, c := range []struct {
		from, to, host string
		status         int
	}{{friend, "127.0.0.1", acmeHost, 200}, {stranger, "127.0.0.1", acmeHost, 403}, {"::1", "::1", acmeHost, 403}, {"::1", "::1", globexHost, 200}, {friend, "127.0.0.1", globexHost, 403}} {
		edge, err := net.ResolveUDPAddr("udp", net.JoinHostPort(c.to, port))
		must(t, err)
		transport := &quic.Transport{Conn: packetsFrom(t, c.from)}
		conn, err := transport.Dial(t.Context(), edge, r.quicTLS(c.host), nil)
		must(t, err)
		over := &http3.Transport{Dial: always(conn)}
		client := &http.Client{Transport: overHTTPS{over}, Timeout: 20 * time.Second}
		if a := ask(t, client, r.request(http.MethodGet, c.host, "/", nil)); a.StatusCode != c.status {
			t.Errorf("from %s at %s: %d %s", c.from, c.host, a.StatusCode, a.body)
		}
		must(t, errors.Join(over.Close(), transport.Close()))
	}
}
