package edge

import (
	"net/http"
	"net/netip"
	"strings"
)

// untrusted are headers by which a server behind a proxy is told who the client is or what it asked for. From outside
// they are forgeries; so is everything in untrustedPrefixes. X-Longhouse-* is kept free for what the edge signs.
var (
	untrusted = []string{"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip",
		"Cf-Connecting-Ip", "Fastly-Client-Ip", "X-Original-Url", "X-Original-Host", "X-Rewrite-Url", "X-Host", "Proxy", "Http2-Settings"}
	untrustedPrefixes = []string{"X-Forwarded-", "X-Longhouse-"}
)

// rebuildForwarded says in h, which has lost its hop-by-hop headers, who asked for what, in the edge's own words.
func (x *exchange) rebuildForwarded(h http.Header) {
	for _, name := range untrusted {
		delete(h, name)
	}
	for name := range h {
		for _, prefix := range untrustedPrefixes {
			if strings.HasPrefix(name, prefix) {
				delete(h, name)
			}
		}
	}
	if x.client.IsValid() {
		h["X-Forwarded-For"] = []string{x.client.WithZone("").String()}
	}
	h["X-Forwarded-Host"] = []string{x.upstreamHost()}
	h["X-Forwarded-Proto"] = []string{x.scheme()}
	h[requestIDHeader] = []string{x.requestID}
}

func (x *exchange) scheme() string {
	if x.r.TLS != nil || x.encrypted {
		return "https"
	}
	return "http"
}

// upstreamHost is the canonical host with the port that the client used, which links and origin checks need.
func (x *exchange) upstreamHost() string {
	if i := strings.LastIndexByte(x.r.Host, ':'); i >= 0 && i < len(x.r.Host)-1 && !isIPv6(x.host) {
		return x.host + x.r.Host[i:]
	}
	return x.host
}

func isIPv6(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is6()
}
