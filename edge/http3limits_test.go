package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/quic-go/quicvarint"
)

// TestConnectionsOverQUICTakePlacesAsOthersDo, in all and of one client, and give them back.
func TestConnectionsOverQUICTakePlacesAsOthersDo(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*crowd){
		"in all": func(c *crowd) { c.total = 1 }, "of one client": func(c *crowd) { c.each = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newHTTP3Rig(t)
			r.control.set(1, r.instance("acme", says("here")))
			r.startHTTP3(func(s *server) { limit(s.listener) })
			first, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
			must(t, err)
			eventually(t, "it has a place", func() bool { return r.server.listener.count() == 1 })
			r.refusesQUIC()
			readAnswer(t, dialEdge(t, r.rig)).want(t, http.StatusServiceUnavailable, noRoomText)
			if n := r.server.turnedAway(); n < 2 {
				t.Errorf("%d were turned away", n)
			}
			must(t, first.CloseWithError(0x100, ""))
			eventually(t, "it has left", func() bool { return r.server.listener.count() == 0 && r.server.http3.count() == 0 })
			ask(t, r.http3Client(friend, "acme"), r.request(http.MethodGet, acmeHost, "/", nil)).want(t, http.StatusOK, "here")
		})
	}
}

// TestWhoIsNotWhereItSaysTakesNoPlaceWhenManyCome: nobody answers for a made-up address.
func TestWhoIsNotWhereItSaysTakesNoPlaceWhenManyCome(t *testing.T) {
	t.Parallel()
	for name, many := range map[string]bool{"few": false, "many": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newHTTP3Rig(t)
			r.control.set(1, r.instance("acme", says("here")))
			r.startHTTP3(func(s *server) {
				if many {
					s.listener.total = 19 // of which no handshake is few
				}
			})
			between := newRelay(t, r.packetAddr(), friend)
			between.deaf.Store(true)
			transport := &quic.Transport{Conn: packetsFrom(t, friend)}
			t.Cleanup(func() { _ = transport.Close() })
			ctx, cancel := context.WithCancel(t.Context())
			dialled := make(chan error, 1)
			go func() {
				_, err := transport.Dial(ctx, between.client.LocalAddr(), r.quicTLS(acmeHost), nil)
				dialled <- err
			}()
			eventually(t, "the edge has answered", func() bool { return between.unheard.Load() > 0 })
			if got := r.server.http3.count() == 0; got != many {
				t.Errorf("%d have places", r.server.http3.count())
			}
			if between.deaf.Store(false); many { // who is there shows it
				must(t, <-dialled)
			}
			cancel()
		})
	}
}

// sendSome asks for /poll at acme over a stream, as far as it says so.
func (r *secureRig) sendSome(conn *quic.Conn, bytes int) *quic.Stream {
	r.t.Helper()
	said := headers(r.t, httpsFields("GET", "/poll", acmeHost))
	return r.say(conn, said[:min(bytes, len(said))])
}

// TestConnectionsOverQUICThatNobodyUsesEnd, also where a header has begun.
func TestConnectionsOverQUICThatNobodyUsesEnd(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	acme := newSlowly()
	r.control.set(1, r.instance("acme", acme), r.instance("globex", says("here")))
	r.startHTTP3(func(s *server) { s.http3.header, s.http3.idle = 50*time.Millisecond, 50*time.Millisecond })
	dial := func() *quic.Conn {
		conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
		must(t, err)
		return conn
	}
	for name, use := range map[string]func(*quic.Conn){
		"nothing is asked": func(*quic.Conn) {}, "half a header": func(c *quic.Conn) { r.sendSome(c, 5) }, "nothing more is asked": func(c *quic.Conn) {
			stream := r.sendSome(c, 1<<10)
			must(t, stream.Close())
			<-acme.entered
			stream.CancelRead(0x10c)
		},
		"what is asked has no end": func(c *quic.Conn) { r.sendSome(c, 1<<10) },
	} {
		conn := dial()
		use(conn)
		soon(t, name+": the connection ends", conn.Context().Done())
		var closed *quic.ApplicationError
		if err := context.Cause(conn.Context()); !errors.As(err, &closed) || !closed.Remote || closed.ErrorCode != quic.ApplicationErrorCode(http3.ErrCodeNoError) {
			t.Errorf("%s: %v", name, err)
		}
	}
	used := dial()
	stream := r.sendSome(used, 1<<10)
	must(t, stream.Close())
	<-acme.entered
	<-time.After(4 * lookEvery)
	if err := used.Context().Err(); err != nil {
		t.Errorf("one that is used ended: %v", context.Cause(used.Context()))
	}
	close(acme.release)
	if status := statusOf(stream); status != "200" {
		t.Errorf("answered %q", status)
	}
}

// TestRapidResetOverHTTP3StarvesNobody opens and resets streams as fast as the edge lets it: they hold their places for a while, and others are served.
func TestRapidResetOverHTTP3StarvesNobody(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	free := make(chan struct{})
	defer close(free)
	var reached atomic.Int64
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/slow" {
			reached.Add(1)
			<-free
		}
	})))
	r.startHTTP3()
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
	must(t, err)
	said, began := headers(t, httpsFields("GET", "/slow", acmeHost)), time.Now()
	const streams = 10 * maxCallerStreams
	for n := range streams {
		stream := r.say(conn, said)
		must(t, stream.Close()) // what was written is sent before the reset
		stream.CancelRead(0x10c)
		if n%300 == 0 {
			r.get("acme.longhouse.localhost", "/").want(t, 200, "")
		}
	}
	if took, least := time.Since(began), (streams/maxCallerStreams-2)*resetPause; took < least {
		t.Errorf("%d streams were taken in %s, sooner than %s", streams, took, least)
	}
	r.get("acme.longhouse.localhost", "/").want(t, 200, "")
	if reached.Load() == 0 {
		t.Error("none reached the instance")
	}
}

func TestSlowClientsOverHTTP3AreLeft(t *testing.T) {
	t.Parallel()
	r := newHTTP3Rig(t)
	left := make(chan error, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, err := io.Copy(io.Discard, req.Body)
		for piece := make([]byte, copyBuffer); err == nil && req.URL.Path == "/endless"; {
			_, err = w.Write(piece)
		}
		left <- err
	})))
	r.startHTTP3(func(s *server) { s.proxy.bodyStall, s.proxy.answerStall = 50*time.Millisecond, 100*time.Millisecond })
	for _, length := range []string{"10", "100000"} { // waited for, and streamed
		said := append(headers(t, httpsFields("POST", "/", acmeHost, field{Name: "content-length", Value: length})), frame(dataOf, []byte("half"))...)
		conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
		must(t, err)
		stream := r.say(conn, said)
		must(t, stream.SetReadDeadline(time.Now().Add(10*time.Second)))
		if status := statusOf(stream); status != "408" {
			t.Errorf("a body of %s bytes that stalls: answered %q", length, status)
		}
	}
	if err := <-left; err == nil {
		t.Error("the instance was told of a whole body")
	}
	conn, err := r.dialQUIC(t.Context(), friend, acmeHost, nil)
	must(t, err)
	must(t, r.say(conn, headers(t, httpsFields("GET", "/endless", acmeHost))).Close())
	if err := <-left; err == nil { // nobody reads
		t.Error("somebody took it all")
	}
}

func TestHeadersOverHTTP3AreBounded(t *testing.T) {
	t.Parallel()
	f, r := newHTTP3Fortress(t)
	long := httpsFields("GET", "/", acmeHost, field{Name: "x", Value: strings.Repeat("y", maxHeaderBytes)})
	many := httpsFields("GET", "/", acmeHost)
	for range maxHeaderFields + 1 {
		many = append(many, field{Name: "x", Value: "y"})
	}
	for name, fields := range map[string][]field{"long": long, "many": many} {
		if status := r.sayHTTP3(friend, acmeHost, headers(t, fields)); status != "431" {
			t.Errorf("%s: answered %q", name, status)
		}
	}
	announced := quicvarint.Append(quicvarint.Append(nil, headersOf), 1<<40) // and nothing of it
	if status := r.sayHTTP3(friend, acmeHost, announced); status != "431" {
		t.Errorf("announced: answered %q", status)
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests", n)
	}
}
