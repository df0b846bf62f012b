package edge

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWhoDawdlesByHTTPSIsEndedAndOthersServed: with a handshake that doesn't go on, and with a header that doesn't.
func TestWhoDawdlesByHTTPSIsEndedAndOthersServed(t *testing.T) {
	t.Parallel()
	r := newSecureRig(t)
	r.control.set(1, r.instance("acme", says("acme here")), r.instance("globex", says("globex here")))
	r.start(func(s *server) { s.header = 2 * time.Second })
	r.waitVersion(1)
	r.ask(r.browser(), "", "https://acme.longhouse.localhost/").want(t, http.StatusOK, "acme here") // whose certificate is there now
	var slow []net.Conn
	for range 50 {
		silent, err := dialFrom(stranger)(t.Context(), "tcp", r.secureAddr())
		must(t, err)
		_, err = io.WriteString(silent, "\x16\x03\x01\x02\x00\x01")
		must(t, err)
		slow = append(slow, silent)
	}
	for range 20 {
		conn, err := dialFrom(stranger)(t.Context(), "tcp", r.secureAddr())
		must(t, err)
		dawdling := tls.Client(conn, &tls.Config{RootCAs: r.roots(), ServerName: "acme.longhouse.localhost"})
		_, err = io.WriteString(dawdling, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Slow: ")
		must(t, err)
		slow = append(slow, dawdling)
	}
	r.ask(r.browser(), "", "https://globex.longhouse.localhost/").want(t, http.StatusOK, "globex here")
	for i, conn := range slow {
		must(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
		_ = conn.Close()
	}
	eventually(t, "their places are free", func() bool { return r.server.secure.listener.count() <= 2 })
}

// TestAHeaderThatIsHugeOnceItIsUnpackedIsRefused: HTTP/2 says in a few kilobytes what are megabytes.
func TestAHeaderThatIsHugeOnceItIsUnpackedIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	heard := make(chan struct{}, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard <- struct{}{} })), r.instance("globex", says("globex here")))
	r.start()
	r.waitVersion(1)
	bomb := slices.Repeat([]field{{Name: "x-bomb", Value: strings.Repeat("x", 3000)}}, 1000)
	if status := sendFields(t, dialFrom(stranger), r.addr(), requestFields("GET", "/", "acme.longhouse.localhost", bomb...)); status != "431" {
		t.Errorf("answered %q", status)
	}
	if len(heard) > 0 {
		t.Error("the instance heard of it")
	}
	r.get("globex.longhouse.localhost", "/").want(t, http.StatusOK, "globex here")
}
