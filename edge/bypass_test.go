package edge

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fortress is an edge with a workspace at acme.longhouse.localhost and chat.example.com, which lets in the friend and nobody else,
// and one at globex.longhouse.localhost, which is open.
type fortress struct {
	*rig
	heard atomic.Int64 // requests that acme's instance heard
}

func newFortress(t *testing.T) *fortress {
	t.Helper()
	return fortify(newRig(t))
}

func fortify(r *rig) *fortress {
	r.t.Helper()
	f := &fortress{rig: r}
	acme := allowing(f.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.heard.Add(1)
		if r.Header.Get("Upgrade") != "" {
			echoSocket(w, r)
			return
		}
		_, _ = io.WriteString(w, "acme here")
	})), friend)
	acme.Hosts = append(acme.Hosts, "chat.example.com")
	f.control.set(1, acme, f.instance("globex", says("globex here")))
	f.start()
	f.waitVersion(1)
	return f
}

// askBoth has the stranger ask, of whom the instance must not hear, and the friend, and returns how many requests of the friend's it heard.
func (f *fortress) askBoth(name string, ask func(address string) string, wantStranger, wantFriend string) (heard int64) {
	f.t.Helper()
	if got := ask(stranger); got != wantStranger {
		f.t.Errorf("%s: the stranger is answered %q, want %q", name, got, wantStranger)
	}
	if n := f.heard.Swap(0); n != 0 {
		f.t.Errorf("%s: the instance heard %d requests of a stranger", name, n)
	}
	if got := ask(friend); got != wantFriend {
		f.t.Errorf("%s: the friend is answered %q, want %q", name, got, wantFriend)
	}
	return f.heard.Swap(0)
}

// converse says all of it over one connection from the address, and returns the statuses of the answers.
func (f *fortress) converse(address, said string) string {
	f.t.Helper()
	return f.converseOver(dialFrom(address), said)
}

func (f *fortress) converseOver(dial dialer, said string) string {
	f.t.Helper()
	conn, err := dial(f.t.Context(), "tcp", f.addr())
	must(f.t, err)
	defer conn.Close()
	must(f.t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, said+"GET / HTTP/1.1\r\nHost: the.end\r\nConnection: close\r\n\r\n")
	must(f.t, err)
	method, _, _ := strings.Cut(said, " ")
	var statuses []string
	for answers := bufio.NewReader(conn); ; {
		res, err := http.ReadResponse(answers, &http.Request{Method: method})
		if err != nil {
			return strings.TrimSuffix(strings.Join(statuses, " "), " 404")
		}
		statuses = append(statuses, fmt.Sprint(res.StatusCode))
		if res.StatusCode == http.StatusSwitchingProtocols {
			return strings.Join(statuses, " ")
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

// attempt is what a client says to get at acme, and what it is answered. Where the friend is answered something else, that is
// to show that the attempt would succeed but for the filter.
type attempt struct{ said, stranger, friend string }

const (
	toAcme   = "Host: acme.longhouse.localhost\r\n"
	toGlobex = "Host: globex.longhouse.localhost\r\n"
)

var bypassAttempts = map[string]attempt{
	"nothing special": {"GET / HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"HTTP/1.0":        {"GET / HTTP/1.0\r\n" + toAcme + "\r\n", "403", "200"},
	"no host":         {"GET / HTTP/1.0\r\n\r\n", "400", "400"},

	"another case":      {"GET / HTTP/1.1\r\nHost: ACME.Longhouse.LOCALHOST\r\n\r\n", "403", "200"},
	"trailing dot":      {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost.\r\n\r\n", "403", "200"},
	"two trailing dots": {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost..\r\n\r\n", "400", "400"},
	"port":              {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost:443\r\n\r\n", "403", "200"},
	"dot and port":      {"GET / HTTP/1.1\r\nHost: Acme.longhouse.localhost.:8065\r\n\r\n", "403", "200"},
	"empty port":        {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost:\r\n\r\n", "403", "200"},
	"its other name":    {"GET / HTTP/1.1\r\nHost: chat.example.com\r\n\r\n", "403", "200"},
	"its other name.":   {"GET / HTTP/1.1\r\nHost: CHAT.example.com.:80\r\n\r\n", "403", "200"},
	"user in host":      {"GET / HTTP/1.1\r\nHost: globex@acme.longhouse.localhost\r\n\r\n", "400", "400"},
	"two hosts":         {"GET / HTTP/1.1\r\n" + toGlobex + toAcme + "\r\n", "400", "400"},
	"folded host":       {"GET / HTTP/1.1\r\nHost: globex.longhouse.localhost\r\n acme.longhouse.localhost\r\n\r\n", "400", "400"},
	"host with a blank": {"GET / HTTP/1.1\r\nHost : acme.longhouse.localhost\r\n\r\n", "400", "400"},
	"forwarded host":    {"GET / HTTP/1.1\r\n" + toGlobex + "X-Forwarded-Host: acme.longhouse.localhost\r\n\r\n", "200", "200"},
	"original host":     {"GET / HTTP/1.1\r\n" + toGlobex + "X-Original-Host: acme.longhouse.localhost\r\nX-Host: acme.longhouse.localhost\r\n\r\n", "200", "200"},

	"absolute target":           {"GET http://acme.longhouse.localhost/ HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"absolute, shouted":         {"GET HTTP://ACME.longhouse.localhost.:80/ HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"absolute over https":       {"GET https://acme.longhouse.localhost/ HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"absolute behind another":   {"GET http://acme.longhouse.localhost/ HTTP/1.1\r\n" + toGlobex + "\r\n", "403", "200"},
	"absolute before it":        {"GET http://globex.longhouse.localhost/ HTTP/1.1\r\n" + toAcme + "\r\n", "200", "200"},
	"absolute with a user":      {"GET http://globex.longhouse.localhost@acme.longhouse.localhost/ HTTP/1.1\r\n" + toGlobex + "\r\n", "400", "400"},
	"absolute without slashes":  {"GET http:acme.longhouse.localhost/ HTTP/1.1\r\n" + toGlobex + "\r\n", "400", "400"},
	"authority as a target":     {"GET acme.longhouse.localhost:80 HTTP/1.1\r\n" + toGlobex + "\r\n", "400", "400"},
	"network path":              {"GET //acme.longhouse.localhost/ HTTP/1.1\r\n" + toGlobex + "\r\n", "200", "200"},
	"network path of its own":   {"GET //acme.longhouse.localhost/ HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"network path of another's": {"GET //globex.longhouse.localhost/ HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},

	"HEAD":          {"HEAD / HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"OPTIONS":       {"OPTIONS / HTTP/1.1\r\n" + toAcme + "Origin: http://acme.longhouse.localhost\r\nAccess-Control-Request-Method: GET\r\n\r\n", "403", "200"},
	"OPTIONS *":     {"OPTIONS * HTTP/1.1\r\n" + toAcme + "\r\n", "400", "400"},
	"TRACE":         {"TRACE / HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"CONNECT":       {"CONNECT acme.longhouse.localhost:80 HTTP/1.1\r\n" + toAcme + "\r\n", "400", "400"},
	"PURGE":         {"PURGE / HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"get":           {"get / HTTP/1.1\r\n" + toAcme + "\r\n", "403", "200"},
	"unknown":       {"BREW / HTTP/1.1\r\n" + toAcme + "X-Http-Method-Override: GET\r\n\r\n", "403", "200"},
	"POST":          {"POST / HTTP/1.1\r\n" + toAcme + "Content-Length: 2\r\n\r\nhi", "403", "200"},
	"POST, chunked": {"POST / HTTP/1.1\r\n" + toAcme + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "403", "200"},
	"asks first":    {"POST / HTTP/1.1\r\n" + toAcme + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", "403", "200"},

	"web socket":         {"GET / HTTP/1.1\r\n" + toAcme + upgrade("Upgrade", "websocket"), "403", "101"},
	"Web Socket":         {"GET / HTTP/1.1\r\n" + toAcme + upgrade("keep-alive, UPGRADE", "WebSocket"), "403", "101"},
	"web socket, frames": {"GET / HTTP/1.1\r\n" + toAcme + upgrade("upgrade", "WEBSOCKET") + "\x81\x82\x00\x00\x00\x00hi", "403 400", "101"},
	"h2c":                {"GET / HTTP/1.1\r\n" + toAcme + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n", "403", "200"},

	"behind an allowed request":  {"GET / HTTP/1.1\r\n" + toGlobex + "\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 403", "200 200"},
	"before an allowed request":  {"GET / HTTP/1.1\r\n" + toAcme + "\r\nGET / HTTP/1.1\r\n" + toGlobex + "\r\n", "403 200", "200 200"},
	"in the body of another":     {"POST / HTTP/1.1\r\n" + toGlobex + "Content-Length: 50\r\n\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200", "200"},
	"behind a chunked body":      {"POST / HTTP/1.1\r\n" + toGlobex + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 403", "200 200"},
	"two lengths":                {"POST / HTTP/1.1\r\n" + toGlobex + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 403", "200 200"},
	"behind a chunk's extension": {"POST / HTTP/1.1\r\n" + toGlobex + "Transfer-Encoding: chunked\r\n\r\n0;\r\n\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 403", "200 200"},
	"behind a header's bare CR":  {"GET / HTTP/1.1\r\n" + toGlobex + "X: a\rHost: acme.longhouse.localhost\r\n\r\n", "400", "400"},
	"behind bare line feeds":     {"GET / HTTP/1.1\nHost: globex.longhouse.localhost\n\nGET / HTTP/1.1\nHost: acme.longhouse.localhost\n\n", "200 403", "200 200"},

	"forwarding, named as a hop": {"GET / HTTP/1.1\r\n" + toAcme + "X-Forwarded-For: 127.0.0.1\r\nConnection: X-Forwarded-For, Forwarded, Host\r\n\r\n", "403", "200"},

	"PROXY protocol":   {"PROXY TCP4 127.0.0.1 127.0.0.1 4000 80\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "400", "400"},
	"PROXY protocol 2": {"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x0f\xa0\x00\x50GET / HTTP/1.1\r\n" + toAcme + "\r\n", "400", "400"},
}

func upgrade(connection, to string) string {
	return "Connection: " + connection + "\r\nUpgrade: " + to + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
}

// TestNoRequestGetsAroundTheFilter, however it is put: the instance never hears of it.
func TestNoRequestGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	for name, a := range bypassAttempts {
		if n := f.askBoth(name, func(address string) string { return f.converse(address, a.said) }, a.stranger, a.friend); (n == 1) != (a.friend != a.stranger) {
			t.Errorf("%s: the instance heard %d requests of the friend", name, n)
		}
	}
}

func TestNoPathGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	for _, path := range []string{
		"/", "//", "///", "/.", "/..", "/../", "/../../etc/passwd", "/%2e", "/%2e%2e/", "/%2E%2E%2F", "/a%2fb", "/a%5cb", "/a/..%2f..%2f", "/./api/v4/users",
		"//api//v4//users", "/API/V4/users", "/api/v4/%75sers", "/;/api", "/api/v4/users;x=1", "/?x=/../", "/?", "/a?b#c", "/%00", "/%0d%0aHost:%20globex.longhouse.localhost",
		"/api/v4/websocket", "/api/v4/system/ping", "/api/v4/files/x/public?h=y", "/files/x", "/static/main.css", "/static/../api", "/plugins/x", "/hooks/x",
		"/favicon.ico", "/robots.txt", "/healthz", "/readyz", "/metrics", "/v1/info", "/longhouse/sign-in", "/oauth/authorize", "/" + strings.Repeat("a", 8000),
	} {
		said := "GET " + path + " HTTP/1.1\r\n" + toAcme + "\r\n"
		if got := f.converse(stranger, said); got != "403" && got != "400" {
			t.Errorf("%.80s: the stranger is answered %q", path, got)
		}
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests of a stranger", n)
	}
}
