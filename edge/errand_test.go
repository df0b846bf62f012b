package edge

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

const (
	hookToken = "abcdefghijklmnopqrstuvwxy1"
	scimToken = "scim-token-of-the-test-7f3a"
)

// excepting lets the stranger post by a webhook, and provision by SCIM.
func excepting(route feed.Route) feed.Route {
	for purpose, token := range map[ipfilter.Purpose]string{ipfilter.IncomingWebhook: hookToken, ipfilter.SCIM: scimToken} {
		sum := sha256.Sum256([]byte(token))
		route.Filter.Exceptions = append(route.Filter.Exceptions, feed.Exception{For: string(purpose), Network: stranger, Tokens: []string{hex.EncodeToString(sum[:])}})
	}
	return route
}

// errands are what the stranger says, without the host, and how that is answered.
var errands = map[string]string{
	"POST /hooks/" + hookToken + " HTTP/1.1\r\n":                                              "200",
	"POST /hooks/" + hookToken + "?a=b HTTP/1.1\r\n":                                          "200",
	"POST http://acme.longhouse.localhost/hooks/" + hookToken + " HTTP/1.1\r\n":               "200",
	"GET /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":              "200",
	"PATCH /scim/v2/Users/2819c223 HTTP/1.1\r\nAuthorization: bearer " + scimToken + "\r\n":   "200",
	"GET /scim/v2/Users?filter=a%20b HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n": "200",

	"GET / HTTP/1.1\r\n":                                            "403",
	"GET /hooks/" + hookToken + " HTTP/1.1\r\n":                     "403",
	"PUT /hooks/" + hookToken + " HTTP/1.1\r\n":                     "403",
	"POST /hooks/" + hookToken[:25] + "2 HTTP/1.1\r\n":              "403",
	"POST /hooks/" + hookToken + "/ HTTP/1.1\r\n":                   "403",
	"POST /hooks/" + hookToken + "x HTTP/1.1\r\n":                   "403",
	"POST /hooks/" + hookToken + "/../../api/v4/users HTTP/1.1\r\n": "403",
	"POST /hooks/../api/v4/posts HTTP/1.1\r\n":                      "403",
	"POST /hooks/..%2fapi%2fv4 HTTP/1.1\r\n":                        "403",
	"POST //hooks/" + hookToken + " HTTP/1.1\r\n":                   "403",
	"POST /./hooks/" + hookToken + " HTTP/1.1\r\n":                  "403",
	"POST /HOOKS/" + hookToken + " HTTP/1.1\r\n":                    "403",
	"POST /hooks/" + strings.ToUpper(hookToken) + " HTTP/1.1\r\n":   "403",
	"POST /%68ooks/" + hookToken + " HTTP/1.1\r\n":                  "403",
	"POST /hooks%2f" + hookToken + " HTTP/1.1\r\n":                  "403",
	"POST /hooks/" + hookToken[:25] + "%31 HTTP/1.1\r\n":            "403",
	"POST /hooks/" + hookToken + ";a HTTP/1.1\r\n":                  "403",
	"POST /a/hooks/" + hookToken + " HTTP/1.1\r\n":                  "403",
	"POST /?/hooks/" + hookToken + " HTTP/1.1\r\n":                  "403",
	"POST /api/v4/posts HTTP/1.1\r\nReferer: http://acme.longhouse.localhost/hooks/" + hookToken + "\r\nX-Original-Url: /hooks/" + hookToken + "\r\n": "403",

	"GET /scim/v2/Users HTTP/1.1\r\n":                                                                       "403",
	"GET /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "x\r\n":                           "403",
	"GET /scim/v2/Users HTTP/1.1\r\nAuthorization: Basic " + scimToken + "\r\n":                             "403",
	"GET /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer " + scimToken + "\r\n": "403",
	"GET /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + ", Bearer x\r\n":                  "403",
	"GET /api/v4/users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":                             "403",
	"GET /scim/v2/../../api/v4/users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":               "403",
	"GET /scim/v2/%2e%2e/api HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":                       "403",
	"GET /scim/v2//Users HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":                           "403",
	"GET /scim/v2/ HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":                                 "403",
	"GET /scim/v2/a\\..\\b HTTP/1.1\r\nAuthorization: Bearer " + scimToken + "\r\n":                         "403",
	"GET /scim/v2/ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + scimToken + "\r\n": "403",
	"POST /hooks/" + hookToken + " HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n":                                                                                                          "403",
}

func TestAnExceptionOpensWhatItIsForAndNothingElse(t *testing.T) {
	t.Parallel()
	f := &fortress{rig: newRig(t)}
	acme := excepting(allowing(f.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.heard.Add(1)
		_, _ = io.WriteString(w, "acme here")
	})), friend))
	f.control.set(1, acme)
	f.start()
	f.waitVersion(1)
	good := int64(0)
	for said, want := range errands {
		length := ""
		if strings.HasPrefix(said, "P") {
			length = "Content-Length: 0\r\n"
		}
		if got := f.converse(stranger, said+toAcme+length+"\r\n"); got != want {
			t.Errorf("%q is answered %s, want %s", said, got, want)
		}
		if want == "200" {
			good++
		}
		// Over the same connection after one that is let in.
		two := "POST /hooks/" + hookToken + " HTTP/1.1\r\n" + toAcme + "Content-Length: 0\r\n\r\n"
		if got := f.converse(stranger, two+said+toAcme+length+"\r\n"); got != "200 "+want {
			t.Errorf("%q after one that is let in is answered %s", said, got)
		}
		good++
		if want == "200" {
			good++
		}
	}
	if n := f.heard.Load(); n != good {
		t.Errorf("the instance heard %d requests, want %d", n, good)
	}
	for said, want := range errands {
		if got := f.converse("127.0.0.3", said+toAcme+"Content-Length: 0\r\n\r\n"); want == "200" && got != "403" {
			t.Errorf("%q from elsewhere is answered %s", said, got)
		}
	}
}

// TestAnExceptionThatEndsCutsOff whom it let in, and whom another filter leaves out.
func TestAnExceptionThatEndsCutsOff(t *testing.T) {
	t.Parallel()
	d := &door{now: time.Now}
	route := excepting(allowing(routeTo("acme", "/s"), friend))
	d.obey(known(t, route))
	r := httptest.NewRequest(http.MethodPost, "/hooks/"+hookToken, nil)
	r.RemoteAddr = stranger + ":1"
	x := newExchange(nil, r)
	x.errand = errandOf(r)
	if in := d.enter(x); !in.onward {
		t.Fatal("it is not let in")
	}
	d.obey(known(t, route))
	if severed(x) {
		t.Error("it is cut off by the same filter")
	}
	d.obey(known(t, allowing(route, friend)))
	if !severed(x) {
		t.Error("it is not cut off by a filter without the exception")
	}
}

// FuzzErrand: whatever is taken for an errand is one to each way of reading the path, as one that decodes, cleans or ignores case.
func FuzzErrand(f *testing.F) {
	for said := range errands {
		target := strings.Fields(said)[1]
		f.Add(strings.Fields(said)[0], target, "Bearer "+scimToken)
	}
	f.Fuzz(func(t *testing.T, method, target, authorization string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\n\r\n", target))))
		if err != nil {
			return
		}
		r.Method = method
		r.Header.Set("Authorization", authorization)
		e := errandOf(r)
		if e == (errand{}) {
			return
		}
		path := r.URL.Path
		if path != r.URL.EscapedPath() || strings.Contains(path, "//") || strings.Contains(path, "/.") && strings.Contains(path+"/", "/../") || strings.ContainsAny(path, `\%;? `) {
			t.Fatalf("%q may be read in two ways", target)
		}
		switch e.purpose {
		case ipfilter.IncomingWebhook:
			if id, ok := strings.CutPrefix(path, "/hooks/"); !ok || len(id) != 26 || strings.Contains(id, "/") || r.Method != http.MethodPost || e.token != sha256.Sum256([]byte(id)) {
				t.Fatalf("%s %q is a webhook", r.Method, target)
			}
		case ipfilter.SCIM:
			if !strings.HasPrefix(path, "/scim/v2/") || e.token != sha256.Sum256([]byte(authorization[len("Bearer "):])) {
				t.Fatalf("%q by %q is SCIM", target, authorization)
			}
		default:
			t.Fatalf("%+v", e)
		}
	})
}

// TestAnErrandCostsNoMemory: each request is looked at, whoever is let in.
func TestAnErrandCostsNoMemory(t *testing.T) {
	for _, path := range []string{"/api/v4/posts", "/hooks/" + hookToken, "/scim/v2/Users"} {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		r.Header.Set("Authorization", "Bearer "+scimToken)
		if n := testing.AllocsPerRun(100, func() { _ = errandOf(r) }); n > 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
}
