package edge

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// TestHTTP3ReachesTheInstanceAsHTTP1: bodies of all sizes stream both ways, with trailers behind them.
func TestHTTP3ReachesTheInstanceAsHTTP1(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("X-Heard", strings.Join([]string{req.Proto, req.Host, req.Header.Get("X-Forwarded-For"), req.Header.Get("Range"), strings.Join(req.TransferEncoding, ",")}, " "))
		both := http.NewResponseController(w)
		_ = errors.Join(both.EnableFullDuplex(), both.Flush())
		_, _ = io.Copy(w, req.Body)
		w.Header().Set("X-Sum", "42")
	})))
	r.startHTTP3()
	client := r.http3Client(friend, "acme")
	for name, c := range map[string]struct {
		body   io.Reader
		size   int
		coding string
	}{
		"none":             {nil, 0, ""},
		"small":            {strings.NewReader("hi"), 2, ""},
		"large":            {strings.NewReader(strings.Repeat("0123456789", 1_000_000)), 10_000_000, ""},
		"of no length":     {io.MultiReader(strings.NewReader(strings.Repeat("0123456789", 100_000))), 1_000_000, " chunked"},
		"of no length too": {io.MultiReader(strings.NewReader("")), 0, " chunked"},
	} {
		method := http.MethodPost
		if c.body == nil {
			method = http.MethodGet
		}
		req := r.request(method, acmeHost, "/a%2Fb", c.body)
		req.Header.Set("Range", "bytes=0-1")
		req.Header.Set("X-Forwarded-For", "10.1.1.1")
		res, err := client.Do(req)
		must(t, err)
		got, err := io.ReadAll(res.Body)
		must(t, err)
		_ = res.Body.Close()
		if res.ProtoMajor != 3 || len(got) != c.size || res.Trailer.Get("X-Sum") != "42" || res.Header.Get("X-Heard") != "HTTP/1.1 "+acmeHost+" "+friend+" bytes=0-1"+c.coding {
			t.Errorf("%s: %s, %d bytes, trailer %v, header %v", name, res.Proto, len(got), res.Trailer, res.Header)
		}
	}
}

// TestARequestOverHTTP3WithoutABodyCanBeSentAgain: only what comes next says that it has none.
func TestARequestOverHTTP3WithoutABodyCanBeSentAgain(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	tries := make(chan string, 8)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		tries <- req.Method + " " + string(body)
		if req.URL.Path == "/broken" && len(tries) < 2 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusNoContent)
	})))
	r.startHTTP3()
	for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS"} {
		for range 2 { // whether the end is said with the header, or later
			fields := headers(t, httpsFields(method, "/broken", acmeHost))
			if status := r.sayHTTP3(friend, acmeHost, fields); status != "204" {
				t.Errorf("%s: answered %q", method, status)
			}
			hear(t, tries, method+" ")
			hear(t, tries, method+" ")
		}
	}
	fields := headers(t, httpsFields("GET", "/", acmeHost))
	if status := r.sayHTTP3(friend, acmeHost, append(fields, frame(dataOf, []byte("a body"))...)); status != "204" {
		t.Errorf("with a body: answered %q", status)
	}
	hear(t, tries, "GET a body")
	tooShort := headers(t, httpsFields("POST", "/", acmeHost, field{Name: "content-length", Value: "10"}))
	if status := r.sayHTTP3(friend, acmeHost, append(tooShort, frame(dataOf, []byte("half"))...)); status != "400" {
		t.Errorf("with half a body: answered %q", status)
	}
	select {
	case heard := <-tries:
		t.Errorf("the instance heard %q", heard)
	default:
	}
}

// TestARequestOverHTTP3ThatIsTakenBackEndsAtTheInstance, and others on its connection go on.
func TestARequestOverHTTP3ThatIsTakenBackEndsAtTheInstance(t *testing.T) {
	t.Parallel()
	r, acme := newHTTP3Rig(t), newSlowly()
	r.control.set(1, r.instance("acme", acme))
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
	must(t, err)
	stays, goes := r.sendSome(conn, 1<<10), r.sendSome(conn, 1<<10)
	must(t, stays.Close())
	must(t, goes.Close())
	<-acme.entered
	<-acme.entered
	goes.CancelRead(0x10c)
	hear(t, acme.left, ": broken")
	close(acme.release)
	hear(t, acme.left, ": finished")
	must(t, stays.SetReadDeadline(time.Now().Add(10*time.Second)))
	if status := statusOf(stays); status != "200" {
		t.Errorf("the other one is answered %q", status)
	}
}

// TestAnAnswerThatBreaksOffHasNoGoodEndOverHTTP3, whether its length was announced or not.
func TestAnAnswerThatBreaksOffHasNoGoodEndOverHTTP3(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/announced" {
			w.Header().Set("Content-Length", "1000")
		}
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})))
	r.startHTTP3()
	client := r.http3Client(friend, "acme")
	for _, path := range []string{"/", "/announced"} {
		res, err := client.Do(r.request(http.MethodPost, acmeHost, path, strings.NewReader("body")))
		if err != nil {
			continue
		}
		if body, err := io.ReadAll(res.Body); err == nil {
			t.Errorf("%s: %d %q came to a good end", path, res.StatusCode, body)
		}
		_ = res.Body.Close()
	}
}

// TestABodyThatIsWaitedForIsCutOverHTTP3, when its client comes to be denied.
func TestABodyThatIsWaitedForIsCutOverHTTP3(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	route := r.instance("acme", says("here"))
	r.control.set(1, route)
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), stranger, acmeHost, nil)
	must(t, err)
	said := append(headers(t, httpsFields("POST", "/", acmeHost, field{Name: "content-length", Value: "10"})), frame(dataOf, []byte("half"))...)
	stream := r.say(conn, said)
	eventually(t, "it is in", func() bool {
		return r.server.metrics.inFlight.Load() == 1 && r.server.keeper.table.Lookup(acmeHost).door.occupied()
	})
	r.control.change(2, allowing(route, friend))
	must(t, stream.SetReadDeadline(time.Now().Add(10*time.Second)))
	var reset *quic.StreamError
	if heard, err := io.ReadAll(stream); !errors.As(err, &reset) {
		t.Errorf("it heard %q, then %v", heard, err)
	}
}

// TestAnExchangeOverHTTP3ThatIsOverHasNoGoodEnd, though its answer is written.
func TestAnExchangeOverHTTP3ThatIsOverHasNoGoodEnd(t *testing.T) {
	t.Parallel()
	for major, aborted := range map[int]bool{2: false, 3: true} {
		g := newGate(&Table{}, newBarrier(false), newProxy(newTunnels(), &retries{}, nil), newMetrics(), nil)
		g.stages = []stage{func(x *exchange) decision {
			x.sever()
			return deny(unknownHost)
		}}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.ProtoMajor = major
		func() {
			defer func() {
				if p := recover(); (p == http.ErrAbortHandler) != aborted { //nolint:errorlint // as net/http compares it
					t.Errorf("HTTP/%d: %v", major, p)
				}
			}()
			g.ServeHTTP(httptest.NewRecorder(), req)
		}()
	}
}
