package edge

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestBodyThatStallsIsAnswered408(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { _, _ = io.Copy(io.Discard, req.Body) })))
	r.start(func(s *server) { s.proxy.bodyStall = 50 * time.Millisecond })
	r.waitVersion(1)
	r.raw("POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 10\r\n\r\nhalf").want(t, 408, "too slowly")
}

func TestConnectionOutlivesTheDeadlineOfABody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		select {
		case <-req.Context().Done():
		case <-time.After(200 * time.Millisecond): // four times what a read may take
			_, _ = io.WriteString(w, "patient")
		}
	})))
	r.start(func(s *server) { s.proxy.bodyStall = 50 * time.Millisecond })
	r.waitVersion(1)
	r.raw("POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 4\r\n\r\nbody").want(t, 200, "patient")
}

func TestAnAnswerMayEndAfterAPause(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const stall = 50 * time.Millisecond
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "all of it")
		_ = http.NewResponseController(w).Flush()
		<-time.After(2 * stall)
	})))
	r.start(func(s *server) { s.proxy.answerStall = stall })
	r.waitVersion(1)
	if a := r.get("acme.longhouse.localhost", "/"); a.body != "all of it" || a.err != nil {
		t.Errorf("%q, then %v", a.body, a.err)
	}
}

func TestAClientThatTakesNothingIsLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for piece, err := make([]byte, copyBuffer), error(nil); err == nil; {
			_, err = w.Write(piece)
		}
	})))
	r.start(func(s *server) { s.proxy.answerStall = 50 * time.Millisecond })
	r.waitVersion(1)
	clients := []*http.Client{{Transport: &http.Transport{}}, r.overHTTP2()}
	for _, client := range clients {
		res, err := client.Do(r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil))
		must(t, err)
		defer res.Body.Close()
	}
	eventually(t, "both answers are broken off", func() bool {
		lines := r.logs.access(t)
		return len(lines) == 2 && lines[0]["aborted"] == true && lines[1]["aborted"] == true
	})
}

// TestAnInstanceMayPauseInItsAnswer: only a client that doesn't take what is there has a deadline.
func TestAnInstanceMayPauseInItsAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const stall = 300 * time.Millisecond
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = io.WriteString(w, "piece ")
			_ = http.NewResponseController(w).Flush()
			<-time.After(3 * stall)
		}
	})))
	r.start(func(s *server) { s.proxy.answerStall = stall })
	r.waitVersion(1)
	for version, client := range map[string]*http.Client{"HTTP/1.1": {Transport: &http.Transport{}}, "HTTP/2": r.overHTTP2()} {
		res, err := client.Do(r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil))
		must(t, err)
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != "piece piece piece " || err != nil {
			t.Errorf("%s: %q, then %v", version, body, err)
		}
	}
}

func TestAnInstanceMayReadABodySlowly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const stall = 300 * time.Millisecond
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		<-time.After(4 * stall)
		n, err := io.Copy(io.Discard, req.Body)
		fmt.Fprint(w, n, err)
	})))
	r.start(func(s *server) { s.proxy.bodyStall = stall })
	r.waitVersion(1)
	for version, client := range map[string]*http.Client{"HTTP/1.1": {Transport: &http.Transport{}}, "HTTP/2": r.overHTTP2()} {
		const size = 2 << 20
		res, err := client.Do(r.request(http.MethodPost, "acme.longhouse.localhost", "/", bytes.NewReader(make([]byte, size))))
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		got, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || string(got) != fmt.Sprint(size, error(nil)) {
			t.Errorf("%s: %d %q", version, res.StatusCode, got)
		}
	}
}

func TestTrickleIsTooSlowAndAThinLineIsNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate int // bytes a second
		slow bool
	}{"a byte a second": {1, true}, "2 KiB a second": {2048, false}} {
		b := pacedBody{stall: bodyStall, waited: time.Hour, read: int64(c.rate) * 3600}
		if b.tooSlow() != c.slow {
			t.Errorf("%s: too slow is %v", name, b.tooSlow())
		}
	}
	if fresh := (pacedBody{stall: bodyStall, waited: bodyStall}); fresh.tooSlow() {
		t.Error("there is no time to begin")
	}
}

func TestTargetsArePassedOnByteForByte(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", echoHeaders))
	r.start()
	r.waitVersion(1)
	for _, target := range []string{"/", "/?", "/a/../b/./c", "/%2e%2e/%2F", "/a//b", "//a//b", "/%00", "/a|b[c]", "/a\"b<c>^`{}", "/a;b=c", `/a\b`,
		"/?a;b&%zz&c", "/?x=http://evil/", "/ü", "/a%7eb~c", "/:80/@x", "/http://evil.example/"} {
		for _, upgrade := range []string{"", "Connection: Upgrade\r\nUpgrade: websocket\r\n"} {
			h := hears(t, r.raw("GET "+target+" HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n"+upgrade+"\r\n"))
			if h.URI != target || h.Host != "acme.longhouse.localhost" {
				t.Errorf("%s: the instance heard %s of %s", target, h.URI, h.Host)
			}
		}
	}
	for _, target := range []string{"/a#b", "/?a#b", "/?a\x7fb", "/?a\x01", "http://acme.longhouse.localhost/#b", "*", "a", "//a|b", "/a\x7fb", "/%zz"} {
		if a := r.raw("GET " + target + " HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n"); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q is answered %d", target, a.StatusCode)
		}
	}
}

// TestTricksOfFraming sends what proxies and servers have been known to read in two ways. Either the edge refuses it, or
// the instance hears one request, framed anew, and nothing that the client hid behind it.
func TestTricksOfFraming(t *testing.T) {
	t.Parallel()
	const hidden = "GET /hidden HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n"
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"two lengths":              {"Content-Length: 0\r\nContent-Length: 5\r\n", 400},
		"a list of lengths":        {"Content-Length: 0, 5\r\n", 400},
		"a signed length":          {"Content-Length: +5\r\n", 400},
		"unknown coding":           {"Transfer-Encoding: xchunked\r\n", 501},
		"two codings":              {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501},
		"space before the colon":   {"Content-Length : 5\r\n", 400},
		"two hosts":                {"Host: globex.longhouse.localhost\r\n", 400},
		"a name with a line break": {"X-A\rB: c\r\n", 400},
		"NUL":                      {"X-A: a\x00b\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
				t.Errorf("the instance heard %s", req.URL)
			})))
			r.start()
			r.waitVersion(1)
			if a := r.raw("POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n" + c.header + "\r\n" + hidden); a.StatusCode != c.status {
				t.Errorf("it is answered %d", a.StatusCode)
			}
		})
	}
}

func TestChunkedOutweighsALengthBeforeTheInstanceHearsEither(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(w, req.Body)
		_, _ = io.WriteString(w, strings.Join(req.TransferEncoding, ",")+req.Header.Get("Content-Length"))
	})))
	r.start()
	r.waitVersion(1)
	r.raw("POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").
		want(t, 200, "hellochunked")
}

func TestTooManyHeaderFieldsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start()
	r.waitVersion(1)
	ask := func(fields string) *answerOf {
		return r.raw("GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n" + fields + "\r\n")
	}
	ask(strings.Repeat("X-A: b\r\n", maxHeaderFields)).want(t, 200, "here")
	ask(strings.Repeat("X-A: b\r\n", maxHeaderFields+1)).want(t, 431, "too many")
	ask("X-A: "+string(bytes.Repeat([]byte("x"), 2*maxHeaderBytes))+"\r\n").want(t, 431, "")
}

func TestAdminPathsAreTheInstancesToClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("the instance")))
	r.start()
	r.waitVersion(1)
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/v1/info"} {
		r.get("acme.longhouse.localhost", path).want(t, 200, "the instance")
		r.get("never.longhouse.localhost", path).want(t, 404, "")
	}
}
