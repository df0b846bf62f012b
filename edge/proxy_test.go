package edge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func readAnswer(t testing.TB, conn net.Conn) *answerOf {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &answerOf{Response: res, body: string(body), err: err}
}

// echoHeaders answers with what it was asked.
var echoHeaders = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"host": r.Host, "uri": r.RequestURI, "header": r.Header})
})

type heard struct {
	Host   string
	URI    string
	Header http.Header
}

func hears(t *testing.T, a *answerOf) (h heard) {
	t.Helper()
	a.want(t, http.StatusOK, "")
	must(t, json.Unmarshal([]byte(a.body), &h))
	return h
}

func TestEdgeFollowsNoLinkInAnInstancesPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	victim := r.instance("victim", echoHeaders)
	hostile := routeTo("hostile", filepath.Join(r.dir, "link")) // as an instance could put one beside its socket
	must(t, os.Symlink(victim.Upstream.Address, hostile.Upstream.Address))
	r.control.set(1, victim, hostile)
	r.start()
	r.waitVersion(1)
	if a := r.get("victim.longhouse.localhost", "/"); a.StatusCode != http.StatusOK {
		t.Fatalf("the victim answered %s, so this shows nothing", a.Status)
	}
	if a := r.get("hostile.longhouse.localhost", "/"); a.StatusCode/100 != 5 {
		t.Errorf("through the link came %s: %s", a.Status, a.body)
	}
}

func TestEachHostReachesItsOwnInstance(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("this is acme")), r.instance("globex", says("this is globex")))
	r.start()
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "this is acme")
	r.get("globex.longhouse.localhost:8065", "/").want(t, 200, "this is globex")
}

func TestForwardingHeadersFromOutsideAreReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoHeaders))
	r.start()
	r.waitVersion(1)
	h := hears(t, r.get("ACME.longhouse.localhost.:8065", "/a%2Fb//c?x=1&y=2",
		"X-Forwarded-For", "10.1.1.1", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https",
		"X-Forwarded-Port", "1", "Forwarded", "for=10.1.1.1", "X-Real-IP", "10.1.1.1", "True-Client-IP", "10.1.1.1",
		"X-Longhouse-Client-IP", "10.1.1.1", "Connection", "X-Custom, X-Forwarded-For", "X-Custom", "hop", "Keep-Alive", "9",
		"X-Kept", "kept", "Upgrade", "h2c", "Connection", "Upgrade"))
	want := map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "acme.longhouse.localhost:8065",
		"X-Forwarded-Proto": "http", "X-Kept": "kept", "X-Forwarded-Port": "", "Forwarded": "", "X-Real-Ip": "",
		"True-Client-Ip": "", "X-Longhouse-Client-Ip": "", "X-Custom": "", "Keep-Alive": "", "Upgrade": "", "Connection": ""}
	for name, value := range want {
		if got := strings.Join(h.Header[name], "|"); got != value {
			t.Errorf("%s: instance heard %q, want %q", name, got, value)
		}
	}
	if h.Host != "acme.longhouse.localhost:8065" || h.URI != "/a%2Fb//c?x=1&y=2" {
		t.Errorf("instance heard host %q, uri %q", h.Host, h.URI)
	}
}

func TestRequestIDIsKeptWhenValidAndMadeOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoHeaders))
	r.start()
	r.waitVersion(1)
	for given, kept := range map[string]bool{"abcdefgh-1234": true, "": false, "short": false, "has space in it": false,
		strings.Repeat("a", 65): false, "<script>alert</script>": false} {
		a := r.get("acme.longhouse.localhost", "/", "X-Request-Id", given)
		got := hears(t, a).Header.Get("X-Request-Id")
		if !validRequestID(got) || (got == given) != kept || a.Header.Get("X-Request-Id") != got {
			t.Errorf("given %q: instance heard %q, client %q", given, got, a.Header.Get("X-Request-Id"))
		}
	}
}

func TestEdgeNeitherAsksForNorUndoesCompression(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoHeaders), r.instance("globex", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "as it is")
	})))
	r.start()
	r.waitVersion(1)
	if got := hears(t, r.get("acme.longhouse.localhost", "/")).Header.Get("Accept-Encoding"); got != "" {
		t.Errorf("instance heard that the client takes %q", got)
	}
	a := r.get("globex.longhouse.localhost", "/")
	a.want(t, 200, "as it is")
	if a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("header: %v", a.Header)
	}
}

func TestInstanceThatTakesTooLongIsA504(t *testing.T) {
	t.Parallel()
	x := newTestExchange("acme.longhouse.localhost")
	x.upstreamFailed(x.w, x.r, fmt.Errorf("read: %w", os.ErrDeadlineExceeded))
	if x.recorder.Code != http.StatusGatewayTimeout || x.recorder.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d", x.recorder.Code)
	}
}

func TestUnreachableInstanceIsA502ThatSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, routeTo("acme", filepath.Join(r.dir, "nobody.sock")))
	r.start()
	r.waitVersion(1)
	for _, path := range []string{"/", "/api/v4/users/me", "/api/v4/websocket"} {
		header := []string{"Accept", "text/html"}
		if strings.HasSuffix(path, "websocket") {
			header = []string{"Connection", "Upgrade", "Upgrade", "websocket"}
		}
		a := r.get("acme.longhouse.localhost", path, header...)
		a.want(t, http.StatusBadGateway, "not answering right now")
		if a.Header.Get("Retry-After") == "" || strings.Contains(a.body, r.dir) {
			t.Errorf("%s: retry after %q, body %q", path, a.Header.Get("Retry-After"), a.body)
		}
	}
}

func TestInstanceDyingHalfWayCutsTheAnswerOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})))
	r.start()
	r.waitVersion(1)
	a := r.get("acme.longhouse.localhost", "/")
	if a.err == nil || a.body != "half" {
		t.Fatalf("client took a truncated answer for whole: %q, %v", a.body, a.err)
	}
	eventually(t, "the access log says aborted", func() bool {
		lines := r.logs.access(t)
		return len(lines) == 1 && lines[0]["aborted"] == true
	})
}

func TestUploadIsStreamedWithBoundedMemory(t *testing.T) {
	t.Parallel()
	const size = 256 << 20
	r := newRig(t)
	firstSeen := make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.ReadFull(req.Body, make([]byte, 1))
		close(firstSeen)
		n, err := io.Copy(io.Discard, req.Body)
		fmt.Fprint(w, n+1, " ", err)
	})))
	r.start()
	r.waitVersion(1)

	reader, writer := io.Pipe()
	var peak uint64
	go func() {
		_, _ = writer.Write(make([]byte, 64<<10))
		<-firstSeen // the instance has the beginning while the end isn't even made: a deadlock if anybody buffers
		for sent := 64 << 10; sent < size; sent += 64 << 10 {
			_, _ = writer.Write(make([]byte, 64<<10))
			if sent%(32<<20) == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
		_ = writer.Close()
	}()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.addr()+"/api/v4/files", reader)
	must(t, err)
	req.Host = "acme.longhouse.localhost"
	r.do(req).want(t, 200, fmt.Sprint(size, " <nil>"))
	if peak > 128<<20 {
		t.Errorf("heap grew to %d MiB for an upload of %d MiB", peak>>20, size>>20)
	}
}

func TestStreamedAnswerArrivesPieceByPiece(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	next := make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", "6") // not even a known length makes the edge wait for the rest
		for range 3 {
			_, _ = io.WriteString(w, "a\n")
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})))
	r.start()
	r.waitVersion(1)
	req, err := http.NewRequest(http.MethodGet, "http://"+r.addr()+"/", nil)
	must(t, err)
	req.Host = "acme.longhouse.localhost"
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	must(t, err)
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for range 3 {
		_, err := lines.ReadString('\n')
		must(t, err)
		next <- struct{}{}
	}
}

func TestConnectionsToAnInstanceCloseWhenItsRouteGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route := r.instance("acme", says("here"))
	r.control.set(1, route)
	r.start()
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
	transport := r.server.keeper.table.Lookup("acme.longhouse.localhost").upstream.roundTripper()
	route.State = feed.StateStopped
	r.control.change(2, route)
	r.waitVersion(2)
	r.get("acme.longhouse.localhost", "/").want(t, 503, "")
	req, err := http.NewRequest(http.MethodGet, "http://acme.longhouse.localhost/", nil)
	must(t, err)
	reused := roundTripReuses(t, transport, req)
	if reused {
		t.Error("an idle connection outlived the route")
	}
}
