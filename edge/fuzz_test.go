package edge

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// FuzzForwarding: what the edge makes of bytes from outside is, for the instance, the one request that the edge took it
// for: same method, same target, same body, its own host, and nothing after it.
func FuzzForwarding(f *testing.F) {
	for _, raw := range []string{
		"GET /a%2Fb?x HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: X-Forwarded-For, host, upgrade\r\nUpgrade: h2c\r\n\r\n",
		"GET http://globex.longhouse.localhost/ HTTP/1.1\nHost: acme.longhouse.localhost\nX: a\n b\n\n",
		"GET //evil/..;/# HTTP/1.0\r\nHost: acme.longhouse.localhost\r\n\r\n",
		"GET /s HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		x := newExchange(httptest.NewRecorder(), r)
		if d := new(gate).identify(x); !d.onward {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		out := r.Clone(t.Context())
		out.RequestURI, out.Body = "", io.NopCloser(bytes.NewReader(body))
		if isWebSocket(r) {
			out.Body = nil
		}
		removeHopByHop(out.Header)
		x.rebuildForwarded(out.Header)
		out.Host = x.upstreamHost()
		x.passTarget(out.URL)
		var wire bytes.Buffer
		if err := out.Write(&wire); err != nil {
			return // refused, as it would be
		}
		compare(t, r, x, body, bufio.NewReader(&wire))
	})
}

func compare(t *testing.T, sent *http.Request, x *exchange, body []byte, wire *bufio.Reader) {
	t.Helper()
	heard, err := http.ReadRequest(wire)
	if err != nil {
		t.Fatalf("the instance can't read it: %v", err)
	}
	got, err := io.ReadAll(heard.Body)
	if err != nil || !bytes.Equal(got, body) || heard.Method != sent.Method || heard.Host != x.upstreamHost() {
		t.Errorf("the instance heard %s of %s with %q, %v; sent was %s of %s with %q", heard.Method, heard.Host, got, err, sent.Method, x.host, body)
	}
	if rest, _ := io.ReadAll(wire); len(rest) > 0 {
		t.Errorf("after the request comes %q", rest)
	}
	if strings.HasPrefix(sent.RequestURI, "/") && heard.RequestURI != sent.RequestURI {
		t.Errorf("the instance heard target %q, sent was %q", heard.RequestURI, sent.RequestURI)
	}
	for _, name := range []string{"Upgrade", "Forwarded", "X-Real-Ip"} {
		if heard.Header.Get(name) != "" {
			t.Errorf("%s got through: %q", name, heard.Header[name])
		}
	}
}

// FuzzJournal: a file that isn't as it was written is refused, and nothing crashes the edge that reads it.
func FuzzJournal(f *testing.F) {
	dir := f.TempDir()
	j, err := openJournal(dir)
	must(f, err)
	route := routeTo("acme", "/run/a")
	must(f, j.rewrite(feed.Message{Type: feed.KindSnapshot, Version: 1, Routes: []feed.Route{route}}))
	must(f, j.append([]feed.Message{{Type: feed.KindChange, Version: 2, Route: &route}}))
	j.close()
	good, err := os.ReadFile(j.path())
	must(f, err)
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add([]byte(journalMagic + "00000000 {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, journalName), data, 0o600))
		table := NewTable()
		if err := (&journal{dir: dir}).load(table); err == nil && !table.Ready() {
			t.Error("read, and nothing known")
		}
	})
}

// FuzzHandshake: no answer of an instance crashes the edge.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00"))
	f.Add([]byte("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		res, err := readResponse(bufio.NewReader(bytes.NewReader(answer)), r)
		if err == nil && res.StatusCode < http.StatusOK && res.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("an interim answer was taken for the answer: %d", res.StatusCode)
		}
	})
}
