package edge

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"
)

const (
	acmeHost   = "acme.longhouse.localhost"
	globexHost = "globex.longhouse.localhost"
)

// tlsAttempt is what a client names in its handshake, asks for over that connection, and is answered.
type tlsAttempt struct{ sni, host, stranger, friend string }

var tlsAttempts = map[string]tlsAttempt{
	"nothing special":           {acmeHost, acmeHost, "403", "200"},
	"another case":              {"ACME.Longhouse.LOCALHOST", acmeHost, "403", "200"},
	"another case, in both":     {"Acme.longhouse.localhost", "aCME.longhouse.localhost", "403", "200"},
	"a dot and a port":          {acmeHost, "ACME.longhouse.localhost.:443", "403", "200"},
	"fronted":                   {globexHost, acmeHost, "421", "421"},
	"fronted, shouted":          {"GLOBEX.longhouse.localhost", "ACME.longhouse.localhost.", "421", "421"},
	"fronted, with a port":      {globexHost, acmeHost + ":8443", "421", "421"},
	"fronted by its other name": {globexHost, "chat.example.com", "421", "421"},
	"the other way round":       {acmeHost, globexHost, "421", "421"},
	"nobody's host":             {globexHost, "nobody.longhouse.localhost", "421", "421"},
	"the base domain":           {globexHost, "longhouse.localhost", "421", "421"},
	"an address":                {globexHost, "127.0.0.1", "421", "421"},
	"two of one workspace":      {acmeHost, "chat.example.com", "403", "200"},
}

func newSecureFortress(t *testing.T) (*fortress, *secureRig) {
	t.Helper()
	r := newSecureRig(t)
	return fortify(r.rig), r
}

// TestNoNameInAHandshakeGetsAroundTheFilter: one workspace's name in the handshake, and another's in the request.
func TestNoNameInAHandshakeGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f, r := newSecureFortress(t)
	asks := map[string]func(address string, a tlsAttempt) string{
		"HTTP/1.1": func(address string, a tlsAttempt) string {
			return f.converseOver(r.overTLS(address, a.sni, "http/1.1"), "GET / HTTP/1.1\r\nHost: "+a.host+"\r\nConnection: close\r\n\r\n")
		},
		"HTTP/1.1, absolute": func(address string, a tlsAttempt) string {
			return f.converseOver(r.overTLS(address, a.sni, "http/1.1"), "GET https://"+a.host+"/ HTTP/1.1\r\nHost: "+a.sni+"\r\nConnection: close\r\n\r\n")
		},
		"HTTP/2": func(address string, a tlsAttempt) string {
			return sendFields(t, r.overTLS(address, a.sni, "h2"), "", httpsFields("GET", "/", a.host))
		},
	}
	for version, ask := range asks {
		for name, a := range tlsAttempts {
			f.askBoth(version+", "+name, func(address string) string { return ask(address, a) }, a.stranger, a.friend)
		}
	}
}

// TestAnAllowedRequestOpensNoOtherWorkspaceBehindIt: over one connection with TLS, one request after another.
func TestAnAllowedRequestOpensNoOtherWorkspaceBehindIt(t *testing.T) {
	t.Parallel()
	f, r := newSecureFortress(t)
	for name, a := range map[string]struct{ said, want string }{
		"a request":        {"GET / HTTP/1.1\r\n" + toGlobex + "\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 421 421"},
		"a web socket":     {"GET / HTTP/1.1\r\n" + toGlobex + "\r\nGET / HTTP/1.1\r\n" + toAcme + upgrade("Upgrade", "websocket"), "200 421 421"},
		"in a body":        {"POST / HTTP/1.1\r\n" + toGlobex + "Content-Length: 50\r\n\r\nGET / HTTP/1.1\r\n" + toAcme + "\r\n", "200 421"},
		"a forwarded host": {"GET / HTTP/1.1\r\n" + toGlobex + "X-Forwarded-Host: " + acmeHost + "\r\n\r\n", "200 421"},
	} {
		for _, address := range []string{stranger, friend} { // the last request, which ends the connection, is for nobody
			if got := f.converseOver(r.overTLS(address, globexHost, "http/1.1"), a.said); got != a.want {
				t.Errorf("%s: %s is answered %q, want %q", name, address, got, a.want)
			}
		}
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests", n)
	}
}

// misnaming puts another name of the same length into the handshake, such as crypto/tls would not send.
type misnaming struct {
	net.Conn
	name, wire string
}

// Write implements net.Conn.
func (m misnaming) Write(p []byte) (int, error) {
	return m.Conn.Write(bytes.Replace(p, []byte(m.name), []byte(m.wire), 1))
}

// TestNamesThatAreNoHostNamesEndTheHandshake, before anything is shown of a certificate.
func TestNamesThatAreNoHostNamesEndTheHandshake(t *testing.T) {
	t.Parallel()
	f, r := newSecureFortress(t)
	for wire, name := range map[string]string{
		"acme.longhouse.localhost.":        "acme.longhouse.localhostx",
		"127.0.0.1":                        "127-0-0-1",
		"0x7f.0.0.1":                       "0x7f-0-0-1",
		"2130706433":                       "x130706433",
		"[::1]":                            "x--1x",
		"acme.longhouse.localhost:443":     "acme.longhouse.localhostx443",
		"globex@acme.longhouse.localhos":   "globex-acme.longhouse.localhos",
		"acme.longhouse.localhost\x00.com": "acme.longhouse.localhostx.com",
		" acme.longhouse.localhost":        "xacme.longhouse.localhost",
		"acme..longhouse.localhost":        "acme-.longhouse.localhost",
		"*.longhouse.localhost":            "x.longhouse.localhost",
	} {
		conn, err := dialFrom(friend)(t.Context(), "tcp", r.secureAddr())
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		secured := tls.Client(misnaming{conn, name, wire}, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		// Had the edge gone on, the client would have noticed that its words were changed.
		if err := secured.HandshakeContext(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "remote error: tls: ") {
			t.Errorf("%q: %v", wire, err)
		}
		_ = conn.Close()
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests", n)
	}
}
