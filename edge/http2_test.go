package edge

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// overHTTP2 is a client that speaks HTTP/2 by prior knowledge, whatever the host, to the edge.
func (r *rig) overHTTP2() *http.Client {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &p, DisableCompression: true}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func (r *rig) request(method, host, path string, body io.Reader) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.addr()+path, body)
	must(r.t, err)
	req.Host = host
	return req
}

func TestHTTP2ReachesTheInstanceAsHTTP1(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("X-Heard", req.Proto+" "+req.Host+" "+req.Header.Get("X-Forwarded-For")+" "+req.Header.Get("Range"))
		_, _ = io.Copy(w, req.Body)
		w.Header().Set("X-Sum", "42")
	})))
	r.start()
	r.waitVersion(1)
	sent := strings.Repeat("0123456789", 100_000)
	req := r.request(http.MethodPost, "acme.longhouse.localhost", "/a%2Fb", strings.NewReader(sent))
	req.Header.Set("Range", "bytes=0-1")
	req.Header.Set("X-Forwarded-For", "10.1.1.1")
	res, err := r.overHTTP2().Do(req)
	must(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	must(t, err)
	if res.ProtoMajor != 2 || string(got) != sent || res.Trailer.Get("X-Sum") != "42" ||
		res.Header.Get("X-Heard") != "HTTP/1.1 acme.longhouse.localhost 127.0.0.1 bytes=0-1" {
		t.Errorf("%s, %d bytes, trailer %v, header %v", res.Proto, len(got), res.Trailer, res.Header)
	}
}

func TestHTTP2RequestThatIsTakenBackEndsAtTheInstance(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entered, left := make(chan struct{}), make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(entered)
		<-req.Context().Done()
		close(left)
	})))
	r.start()
	r.waitVersion(1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if res, err := r.overHTTP2().Do(r.request(http.MethodGet, "acme.longhouse.localhost", "/", nil).WithContext(ctx)); err == nil {
		_ = res.Body.Close()
		t.Error("it was answered")
	}
	<-left
}

// TestRapidResetStarvesNobody opens and resets streams as fast as it can: the edge ends that connection, and others are
// served as before.
func TestRapidResetStarvesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	free := make(chan struct{})
	defer close(free)
	var reached atomic.Int64
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/slow" {
			reached.Add(1)
			<-free
		}
	})))
	r.start()
	r.waitVersion(1)
	conn := dialEdge(t, r)
	_, err := io.WriteString(conn, http2.ClientPreface)
	must(t, err)
	framer := http2.NewFramer(conn, conn)
	must(t, framer.WriteSettings())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, conn)
	}()
	var header strings.Builder
	encoder, began := hpack.NewEncoder(&header), time.Now()
	for id := uint32(1); id < 1<<20; id += 2 {
		header.Reset()
		for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", "/slow"}, {":authority", "acme.longhouse.localhost"}} {
			must(t, encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
		}
		err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte(header.String()), EndStream: true, EndHeaders: true})
		if err == nil {
			err = framer.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		if err != nil {
			break
		}
		if id%1000 == 1 {
			r.get("acme.longhouse.localhost", "/").want(t, 200, "")
		}
	}
	<-ended
	took := time.Since(began)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "")
	// One client has a fifth of the places, and each is kept for a while: the longer a slow machine takes, the more come by.
	if n, most := reached.Load(), (maxBusy/5+1)*int64(2+took/resetPause); n > most {
		t.Errorf("%d streams that were reset reached the instance in %s, more than %d", n, took, most)
	}
}
