package edge

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http/httpguts"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// FuzzRouting: a host finds its own route or none, however it is spelled, and the name that is found is canonical.
func FuzzRouting(f *testing.F) {
	table := NewTable()
	if _, err := table.Replace(feed.Message{Version: 1, Routes: []feed.Route{routeTo("acme", "/run/a"), routeTo("globex", "/run/g")}}); err != nil {
		f.Fatal(err)
	}
	for _, host := range []string{"acme.longhouse.localhost", "ACME.longhouse.localhost.:80", "[::1]:80", "acme.longhouse.localhost@globex.longhouse.localhost",
		"xn--e1afmkfd.longhouse.localhost", "_a.b", "acme.longhouse.localhost:", "a..b", "\u212acme.longhouse.localhost"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, err := canonicalHost(raw)
		if err != nil {
			return
		}
		if again, err := canonicalHost(host); !strings.Contains(host, ":") && (err != nil || again != host) {
			t.Errorf("%q became %q, and that %q, %v", raw, host, again, err)
		}
		if route := table.Lookup(host); route != nil && (!strings.HasPrefix(strings.ToLower(raw), host) || route.Hosts[0] != host) {
			t.Errorf("%q found %v", raw, route.Hosts)
		}
	})
}

// FuzzForwarding: what the gate makes of bytes from outside is, for the instance, the one request that it took them for:
// same method, same target, same body, its own host, and nothing after it.
func FuzzForwarding(f *testing.F) {
	for _, raw := range []string{
		"GET /a%2Fb|c?x HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: X-Forwarded-For, host, upgrade\r\nUpgrade: h2c\r\n\r\n",
		"GET http://globex.longhouse.localhost/ HTTP/1.1\nHost: acme.longhouse.localhost\nX: a\n b\n\n",
		"GET //evil/..;/# HTTP/1.0\r\nHost: acme.longhouse.localhost\r\n\r\n",
		"GET /s HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
	} {
		f.Add([]byte(raw))
	}
	w := newWitness(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || !asServed(r) {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body, r.RemoteAddr = io.NopCloser(bytes.NewReader(body)), "192.0.2.1:80"
		w.ServeHTTP(httptest.NewRecorder(), r)
		w.testify(t)
	})
}

// asServed reports whether net/http's server would hand r to its handler: it looks at fields more closely than its parser.
func asServed(r *http.Request) bool {
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return false
		}
	}
	return httpguts.ValidHostHeader(r.Host) && r.ProtoMajor == 1
}

// FuzzHTTP2: no field of HTTP/2 says more to the instance than the edge took it for, though HTTP/1 could not have said it.
func FuzzHTTP2(f *testing.F) {
	const acme = "acme.longhouse.localhost"
	for _, fields := range [][5]string{
		{"GET", "/a%2Fb?x", acme, "x-longhouse-client", "1"},
		{"GET", "/a?b HTTP/1.1", acme, "accept", "*/*"},
		{"GET /x HTTP/1.1", "/", acme, "", ""},
		{"POST", "/", acme, "content-length", "5"},
		{"GET", "/", acme, "host", "globex.longhouse.localhost"},
		{"GET", "/", "", "host", acme},
		{"GET", "http://" + acme + "/", acme + ":80", "forwarded", "for=1"},
		{"OPTIONS", "*", acme, "expect", "100-continue"},
		{"FR~B", "/a|b", acme, "transfer-encoding", "chunked"},
	} {
		f.Add(fields[0], fields[1], fields[2], fields[3], fields[4])
	}
	w := newWitness(f)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(f, err)
	var inHand sync.WaitGroup
	server := clientServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		inHand.Add(1)
		defer inHand.Done()
		w.ServeHTTP(rw, r)
	}), readHeaderTimeout, slog.NewLogLogger(slog.DiscardHandler, slog.LevelError))
	go func() { _ = server.Serve(listener) }()
	f.Cleanup(func() { _ = server.Close() })
	f.Fuzz(func(t *testing.T, method, path, authority, name, value string) {
		var more []field
		if name != "" {
			more = []field{{Name: name, Value: value}}
		}
		sendFields(t, dialFrom(friend), listener.Addr().String(), requestFields(method, path, authority, more...))
		inHand.Wait()
		w.testify(t)
	})
}

// FuzzJournal: a file that isn't as it was written is refused, and nothing crashes the edge that reads it.
func FuzzJournal(f *testing.F) {
	dir := f.TempDir()
	j, err := openJournal(dir)
	must(f, err)
	route := routeTo("acme", "/run/a")
	table := NewTable()
	_, err = table.Replace(feed.Message{Type: feed.KindSnapshot, Version: 1, Routes: []feed.Route{route, allowing(routeTo("globex", "/run/g"), friend)}})
	must(f, err)
	must(f, j.rewrite(table.export()))
	must(f, j.append([]feed.Message{{Type: feed.KindChange, Version: 2, Route: &route}}))
	j.close()
	good, err := os.ReadFile(j.path())
	must(f, err)
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add([]byte(journalMagic + "00000000 {}\n"))
	f.Add([]byte(journalMagicBefore + `00000000 {"type":"snapshot","version":1,"routes":[]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, journalName), data, 0o600))
		table := NewTable()
		if err := (&journal{dir: dir}).load(table); err == nil && !table.Ready() {
			t.Error("read, and nothing known")
		}
	})
}
