package edge

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// stubborn sets up an instance, and a client that is about to be denied and means to stay.
func stubborn(t *testing.T, h http.Handler, tune ...func(*server)) (r *rig, conn net.Conn, deny func()) {
	t.Helper()
	r = newRig(t)
	route := r.instance("acme", h)
	r.control.set(1, route)
	r.start(tune...)
	r.waitVersion(1)
	conn, err := dialFrom(stranger)(t.Context(), "tcp", r.addr())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return r, conn, func() { r.control.change(2, allowing(route, friend)) }
}

// stalls waits until a count that has begun goes no further.
func stalls(t *testing.T, count *atomic.Int64) {
	t.Helper()
	same, before := 0, int64(-1)
	eventually(t, "nothing more goes through", func() bool {
		now := count.Load()
		if same++; now == 0 || now != before {
			same = 0
		}
		before = now
		return same > 100
	})
}

// TestWhoHasSentMoreIsCutOff: net/http, which has read of the next request, doesn't see the connection's end.
func TestWhoHasSentMoreIsCutOff(t *testing.T) {
	t.Parallel()
	acme := newSlowly()
	_, conn, deny := stubborn(t, acme)
	const request = "GET /poll HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Who: me\r\n\r\n"
	_, err := io.WriteString(conn, request)
	must(t, err)
	hear(t, acme.entered, "me")
	_, err = io.WriteString(conn, request)
	must(t, err)
	deny()
	hear(t, acme.left, "me: broken")
	if answer, err := io.ReadAll(conn); len(answer) > 0 {
		t.Errorf("it was answered %q, %v", answer, err)
	}
	if len(acme.entered) > 0 {
		t.Error("the second request reached the instance")
	}
}

// TestUploadThatNobodyReadsIsCutOff: neither side notices by itself that the other is gone.
func TestUploadThatNobodyReadsIsCutOff(t *testing.T) {
	t.Parallel()
	acme := newSlowly()
	r, conn, deny := stubborn(t, acme)
	defer close(acme.release)
	_, err := io.WriteString(conn, "POST /poll HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Who: me\r\nContent-Length: 1000000000\r\n\r\n")
	must(t, err)
	hear(t, acme.entered, "me")
	var sent atomic.Int64
	go func() {
		for piece := make([]byte, 64<<10); ; {
			n, err := conn.Write(piece)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}()
	stalls(t, &sent)
	deny()
	over(t, r)
}

func over(t *testing.T, r *rig) {
	t.Helper()
	eventually(t, "the request is over", func() bool { return r.server.metrics.inFlight.Load() == 0 })
}

// TestBodyThatIsWaitedForIsCutOff: the instance has not heard of its request yet, and never does.
func TestBodyThatIsWaitedForIsCutOff(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*testing.T, net.Conn){
		"HTTP/1": func(t *testing.T, conn net.Conn) {
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nContent-Length: 10\r\n\r\n12345")
			must(t, err)
		},
		"HTTP/2": func(t *testing.T, conn net.Conn) {
			c := speakHTTP2(t, conn)
			c.open(1, http.MethodPost, "/", false, field{Name: "content-length", Value: "10"})
			must(t, c.WriteData(1, false, []byte("12345")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, conn, deny := stubborn(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the instance heard of it") }))
			begin(t, conn)
			eventually(t, "the request is in", func() bool { return r.server.metrics.inFlight.Load() == 1 })
			deny()
			over(t, r)
		})
	}
}

// sender writes frames of HTTP/2 as no client would.
type sender struct {
	*http2.Framer
	t       *testing.T
	block   bytes.Buffer
	encoder *hpack.Encoder
}

func speakHTTP2(t *testing.T, conn net.Conn, settings ...http2.Setting) *sender {
	t.Helper()
	_, err := io.WriteString(conn, http2.ClientPreface)
	must(t, err)
	s := &sender{Framer: http2.NewFramer(conn, conn), t: t}
	s.encoder = hpack.NewEncoder(&s.block)
	must(t, s.WriteSettings(settings...))
	return s
}

func (s *sender) open(stream uint32, method, path string, ends bool, more ...field) {
	s.t.Helper()
	s.block.Reset()
	for _, f := range requestFields(method, path, "acme.longhouse.localhost", append(more, field{Name: "x-who", Value: "me"})...) {
		must(s.t, s.encoder.WriteField(f))
	}
	must(s.t, s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: s.block.Bytes(), EndHeaders: true, EndStream: ends}))
}

// flood is an instance that writes as much as is taken, at /flood; elsewhere it is acme.
func flood(acme http.Handler) (_ http.Handler, written *atomic.Int64) {
	written = new(atomic.Int64)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/flood" {
			acme.ServeHTTP(w, req)
			return
		}
		for piece := make([]byte, 64<<10); ; {
			n, err := w.Write(piece)
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	}), written
}

// TestStreamThatIsNotTakenIsReset: what the edge still has of it doesn't wait for the client to have room.
func TestStreamThatIsNotTakenIsReset(t *testing.T) {
	t.Parallel()
	h, written := flood(nil)
	r, conn, deny := stubborn(t, h)
	c := speakHTTP2(t, conn)
	c.open(1, http.MethodGet, "/flood", true)
	stalls(t, written)
	deny()
	for {
		frame, err := c.ReadFrame()
		must(t, err)
		if reset, ok := frame.(*http2.RSTStreamFrame); ok && reset.StreamID == 1 {
			break
		}
	}
	over(t, r)
}

// TestClientThatTakesNothingIsCutOff: over a connection that is full no stream can be reset, and what the client uploads would go on to the instance.
func TestClientThatTakesNothingIsCutOff(t *testing.T) {
	t.Parallel()
	acme := newSlowly()
	h, written := flood(acme)
	_, conn, deny := stubborn(t, h)
	c := speakHTTP2(t, conn, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	must(t, c.WriteWindowUpdate(0, 1<<30))
	c.open(1, http.MethodPost, "/upload", false)
	must(t, c.WriteData(1, false, []byte("more will come")))
	hear(t, acme.entered, "me")
	c.open(3, http.MethodGet, "/flood", true)
	stalls(t, written)
	deny()
	hear(t, acme.left, "me: broken")
}

// TestWebSocketOfAnInstanceThatDoesNotListenIsCutOff: it is not given the time that others have to say their last word.
func TestWebSocketOfAnInstanceThatDoesNotListenIsCutOff(t *testing.T) {
	t.Parallel()
	deaf := make(chan struct{})
	r, conn, deny := stubborn(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		instance, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer instance.Close()
		_, _ = io.WriteString(instance, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		<-deaf
	}), func(s *server) { s.tunnels.linger = time.Hour })
	defer close(deaf)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	must(t, err)
	readAnswer(t, conn)
	deny()
	eventually(t, "the web socket is over", func() bool { return r.server.tunnels.count() == 0 })
}
