package edge

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func gateRig(t *testing.T, tune ...func(*server)) *rig {
	t.Helper()
	r := newRig(t)
	halted := routeTo("halted", "/nowhere")
	halted.State, halted.Message = feed.StateStopped, `Stopped by <b>Ann</b> until Monday.`
	r.control.set(1, r.instance("acme", says("acme here")), r.instance("globex", says("globex here")), halted)
	r.start(tune...)
	r.waitVersion(1)
	return r
}

func TestUnknownHostIsA404ThatTellsNothing(t *testing.T) {
	t.Parallel()
	r := gateRig(t)
	gone := r.instance("gone", says("x"))
	r.control.change(2, gone)
	gone.State = feed.StateGone
	r.control.change(3, gone)
	r.waitVersion(3)
	var bodies []string
	for _, host := range []string{"gone.longhouse.localhost", "never.longhouse.localhost", "longhouse.localhost",
		"127.0.0.1", "[::1]:80", "evil.example"} {
		a := r.get(host, "/", "Accept", "text/html", "X-Request-Id", "same-for-all")
		a.want(t, http.StatusNotFound, "no workspace at this address")
		bodies = append(bodies, a.body)
	}
	for _, body := range bodies {
		if body != bodies[0] || strings.Contains(body, "acme") || strings.Contains(body, "globex") {
			t.Errorf("hosts can be told apart: %s", body)
		}
	}
}

func TestStoppedWorkspaceSaysWhy(t *testing.T) {
	t.Parallel()
	r := gateRig(t)
	page := r.get("halted.longhouse.localhost", "/channels/town-square", "Accept", "text/html,application/xhtml+xml")
	page.want(t, http.StatusServiceUnavailable, "Stopped by &lt;b&gt;Ann&lt;/b&gt; until Monday.")
	if page.Header.Get("Retry-After") != "30" || page.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
		page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("header: %v", page.Header)
	}
	for _, external := range []string{"http://", "https://", "src=", "href=", "<script"} {
		if strings.Contains(page.body, external) {
			t.Errorf("the page refers to something outside: %q", external)
		}
	}
	text := r.get("halted.longhouse.localhost", "/")
	text.want(t, http.StatusServiceUnavailable, "Stopped by <b>Ann</b>")
	if text.Header.Get("Content-Type") != "text/plain; charset=utf-8" || text.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("header: %v", text.Header)
	}
}

func TestRefusalsUnderAPISpeakTheChatProtocol(t *testing.T) {
	t.Parallel()
	r := gateRig(t)
	a := r.get("halted.longhouse.localhost", "/api/v4/users/me", "Accept", "text/html", "X-Request-Id", "request-123")
	a.want(t, http.StatusServiceUnavailable, "")
	var body map[string]any
	must(t, json.Unmarshal([]byte(a.body), &body))
	want := map[string]any{"id": "longhouse.edge.stopped.app_error", "message": "Stopped by <b>Ann</b> until Monday.",
		"detailed_error": "", "request_id": "request-123", "status_code": 503.0}
	for name, value := range want {
		if body[name] != value {
			t.Errorf("%s is %v, want %v", name, body[name], value)
		}
	}
	if len(body) != len(want) || a.Header.Get("X-Request-Id") != "request-123" {
		t.Errorf("body %v, header %v", body, a.Header)
	}
}

func TestRefusalOfAHeadRequestHasNoBody(t *testing.T) {
	t.Parallel()
	a := gateRig(t).raw("HEAD / HTTP/1.1\r\nHost: never.longhouse.localhost\r\nConnection: close\r\n\r\n")
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", a.StatusCode)
	}
}

func TestHostTricks(t *testing.T) {
	t.Parallel()
	r := gateRig(t)
	for name, c := range map[string]struct {
		request string
		status  int
		body    string
	}{
		"case":            {"GET / HTTP/1.1\r\nHost: AcMe.LongHouse.localhost\r\n", 200, "acme here"},
		"trailing dot":    {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost.\r\n", 200, "acme here"},
		"port":            {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost:1\r\n", 200, "acme here"},
		"absolute":        {"GET http://acme.longhouse.localhost/ HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 200, "acme here"},
		"absolute wins":   {"GET http://acme.longhouse.localhost/ HTTP/1.1\r\nHost: globex.longhouse.localhost\r\n", 200, "acme here"},
		"absolute ftp":    {"GET ftp://acme.longhouse.localhost/ HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"absolute user":   {"GET http://u:p@acme.longhouse.localhost/ HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"two hosts":       {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nHost: globex.longhouse.localhost\r\n", 400, ""},
		"same host twice": {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"host list":       {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost, globex.longhouse.localhost\r\n", 400, ""},
		"no host 1.1":     {"GET / HTTP/1.1\r\n", 400, ""},
		"no host 1.0":     {"GET / HTTP/1.0\r\n", 400, ""},
		"empty host":      {"GET / HTTP/1.1\r\nHost: \r\n", 400, ""},
		"two dots":        {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost..\r\n", 400, ""},
		"userinfo":        {"GET / HTTP/1.1\r\nHost: evil@acme.longhouse.localhost\r\n", 400, ""},
		"underscore":      {"GET / HTTP/1.1\r\nHost: acme_.longhouse.localhost\r\n", 400, ""},
		"path in host":    {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost/x\r\n", 400, ""},
		"prefix":          {"GET / HTTP/1.1\r\nHost: xacme.longhouse.localhost\r\n", 404, ""},
		"suffix":          {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost.evil.example\r\n", 404, ""},
		"sub domain":      {"GET / HTTP/1.1\r\nHost: www.acme.longhouse.localhost\r\n", 404, ""},
		"ipv6":            {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n", 404, ""},
		"forwarded host":  {"GET / HTTP/1.1\r\nHost: never.longhouse.localhost\r\nX-Forwarded-Host: acme.longhouse.localhost\r\n", 404, ""},
		"folded host":     {"GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n globex.longhouse.localhost\r\n", 400, ""},
		"connect":         {"CONNECT acme.longhouse.localhost:80 HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"connect path":    {"CONNECT /x HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"asterisk":        {"OPTIONS * HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 400, ""},
		"double slash":    {"GET //globex.longhouse.localhost/ HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n", 200, "acme here"},
		"length and chunked": {"POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 3\r\n" +
			"Transfer-Encoding: chunked, identity\r\n", 501, ""},
		"two lengths": {"POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n", 400, ""},
	} {
		a := r.raw(c.request + "Connection: close\r\n\r\n")
		if a.StatusCode != c.status || !strings.Contains(a.body, c.body) {
			t.Errorf("%s: got %d %.100q, want %d %q", name, a.StatusCode, a.body, c.status, c.body)
		}
	}
}

func TestHugeHeaderIsRefused(t *testing.T) {
	t.Parallel()
	a := gateRig(t).raw("GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Big: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n")
	if a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", a.StatusCode)
	}
}

func TestWithoutATableNothingIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.deaf = true
	r.start()
	r.get("acme.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "starting")
	r.admin("/readyz").want(t, http.StatusServiceUnavailable, "no routes yet")
	r.admin("/healthz").want(t, http.StatusOK, "ok")
}

// The shape of the chain: a stage that forgets to decide, and a chain that forgets to admit, refuse.
func TestTheGateDeniesByDefault(t *testing.T) {
	t.Parallel()
	r := gateRig(t)
	quiet := newGate(r.server.keeper.table, openBarrier(), newProxy(newTunnels(), &retries{}, nil), newMetrics(), nil)
	undecided := func(*exchange) decision { return decision{} }
	for name, stages := range map[string][]stage{
		"no stage": {}, "no admission": {quiet.identify, quiet.findRoute, quiet.letIn}, "undecided": {quiet.identify, undecided, quiet.requireServing},
		"no IP filter": {quiet.identify, quiet.findRoute, quiet.requireServing},
	} {
		quiet.stages = stages
		x := newTestExchange("acme.longhouse.localhost")
		quiet.handle(x.exchange)
		if x.recorder.Code < 400 || strings.Contains(x.recorder.Body.String(), "acme here") {
			t.Errorf("%s: answered %d", name, x.recorder.Code)
		}
	}
}

func TestAccessLogKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	r := gateRig(t, prompt)
	r.get("acme.longhouse.localhost", "/longhouse/sign-in?t=SECRET1", "Authorization", "Bearer SECRET2", "Cookie", "MMAUTHTOKEN=SECRET3").want(t, 200, "")
	r.get("acme.longhouse.localhost", "/hooks/SECRET4").want(t, 200, "")
	r.get("acme.longhouse.localhost", "//hooks/SECRET5").want(t, 200, "")
	r.get("acme.longhouse.localhost", "/x/../hooks/SECRET6").want(t, 200, "")
	eventually(t, "four lines", func() bool { return len(r.logs.access(t)) == 4 })
	eventually(t, "the same are kept", func() bool { return r.control.handed()["ws_acme"] == 4 })
	if all := r.logs.String() + r.control.keptText(); strings.Contains(all, "SECRET") || strings.Contains(all, testToken) {
		t.Errorf("a secret is in the log: %s", all)
	}
	line := r.logs.access(t)[0]
	if line["workspace"] != "ws_acme" || line["status"] != 200.0 || line["bytes"] != 9.0 || line["client"] != "127.0.0.1" ||
		line["host"] != "acme.longhouse.localhost" || line["path"] != "/longhouse/sign-in" || line["request"] == "" {
		t.Errorf("line is %v", line)
	}
}

func TestTheInstancesNameOfARequestIsTheEdgesToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Request-Id", req.URL.Query().Get("name"))
	})))
	r.start()
	r.waitVersion(1)
	for name, kept := range map[string]bool{"named-by-the-instance": true, "<script>": false} {
		a := r.get("acme.longhouse.localhost", "/"+url.PathEscape(name)+"?name="+url.QueryEscape(name))
		got := a.Header.Get("X-Request-Id")
		if (got == name) != kept || !validRequestID(got) {
			t.Errorf("the client was told %q, the instance said %q", got, name)
		}
		eventually(t, "the line names it too", func() bool {
			return slices.ContainsFunc(r.logs.access(t), func(line map[string]any) bool { return line["path"] == "/"+name && line["request"] == got })
		})
	}
}

func TestSlowHeaderIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start(func(s *server) { s.header = 50 * time.Millisecond })
	r.waitVersion(1)
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	defer conn.Close()
	must(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Slow")
	must(t, err)
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection stayed open: %v", err)
	}
}
