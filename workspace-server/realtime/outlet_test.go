package realtime

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestEventsOfAllSizesArriveWhole(t *testing.T) {
	t.Parallel()
	h := setup(t)
	c := h.dial("?as=" + id.New().String())
	h.read(c)
	h.skipStatus(c)
	for n := range int64(20) {
		size := []int{0, 1, 10, 100, 125, 126, 1 << 10, 1<<16 - 300, 1 << 16, 1 << 20}[n%10] + int(n)
		text := strings.Repeat("x", size)
		h.hub.Publish(Event{Name: Posted, Data: map[string]string{"x": text}})
		if m := h.read(c); m.Seq != n+2 || m.Data["x"] != text {
			t.Fatalf("event %d of %d bytes came as %d with %d", n+2, size, m.Seq, len(m.Data["x"].(string)))
		}
	}
}

func TestFramesBeginAsTheStandardSays(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]byte{0: {0x81, 0}, 125: {0x81, 125}, 126: {0x81, 126, 0, 126}, 65535: {0x81, 126, 0xff, 0xff}, 65536: {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}} {
		if got := header(nil, websocket.TextMessage, n); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: % x, want % x", n, got, want)
		}
	}
}

// A client that reads in fits and starts gets the same as one that always does: all, whole and in order.
func TestWhoReadsInFitsMissesNothing(t *testing.T) {
	t.Parallel()
	h := setup(t)
	c := h.dial("?as=" + id.New().String())
	h.read(c)
	h.skipStatus(c)
	const events = sendQueue / 2
	text := strings.Repeat("x", 100<<10) // more than the kernel keeps, together
	for range events {
		h.hub.Publish(Event{Name: Posted, Data: map[string]string{"x": text}})
	}
	_ = c.WriteMessage(websocket.TextMessage, []byte(`{"seq":7,"action":"ping"}`)) // is answered in between
	answered := false
	for next := int64(2); next < events+2 || !answered; {
		m := h.read(c)
		if m.SeqReply == 7 {
			answered = true
			continue
		}
		if m.Seq != next || m.Data["x"] != text {
			t.Fatalf("got %d, want %d", m.Seq, next)
		}
		next++
	}
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}}) // and hears what comes later as before
	if m := h.read(c); m.Event != NewUser || m.Seq != events+2 {
		t.Errorf("afterwards: %+v", m)
	}
}

func TestPingsAndFarewellsAreAnswered(t *testing.T) {
	t.Parallel()
	h := setup(t)
	c := h.dial("?as=" + id.New().String())
	h.read(c)
	h.skipStatus(c)
	pong := make(chan string, 1)
	c.SetPongHandler(func(text string) error { pong <- text; return nil })
	deadline := time.Now().Add(patience)
	_ = c.WriteControl(websocket.PingMessage, []byte("are you there"), deadline)
	_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "enough"), deadline)
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, 4000) {
		t.Errorf("the farewell was answered with %v", err)
	}
	select {
	case text := <-pong:
		if text != "are you there" {
			t.Errorf("the ping was answered with %q", text)
		}
	default:
		t.Error("the ping was not answered")
	}
}

func TestNothingComesAfterAFarewell(t *testing.T) {
	t.Parallel()
	s := &socket{writing: true} // somebody does
	st := &stream{socket: s}
	s.stream = st
	farewell := closing(websocket.CloseServiceRestart, "the server restarts")
	s.say(farewell)
	s.say(header(nil, websocket.PongMessage, 0))
	st.put(Posted, frame(`{"seq":`))
	if got, more := s.gather(nil); !more || !bytes.Equal(got, farewell) {
		t.Errorf("goes out: %q", got)
	}
	if st.sent != 0 || st.next != 1 {
		t.Errorf("of %d events %d are taken for sent", st.next, st.sent)
	}
}

// An answer may be long, such as that of who is online; many long ones wait for nobody.
func TestWhoReadsNoLongAnswersIsCutOff(t *testing.T) {
	t.Parallel()
	theirs, ours := net.Pipe()
	t.Cleanup(func() { theirs.Close() })
	s := &socket{writing: true, out: ours} // somebody waits for the client to read
	answer := make([]byte, mostSaid)
	s.say(answer)
	s.say(answer)
	if err := ours.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatalf("cut off too early: %v", err)
	}
	s.say(answer)
	_ = theirs.SetReadDeadline(time.Now().Add(patience))
	if _, err := theirs.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client is told %v", err)
	}
}

// An event leaves no goroutine behind, however many hear it.
func TestHandsGoWhenAllIsWritten(t *testing.T) {
	t.Parallel()
	h := setup(t)
	channel := id.New()
	var clients []*websocket.Conn
	for range 3 * batch {
		user := id.New()
		h.rooms[user] = Rooms{Channels: []id.ID{channel}}
		clients = append(clients, h.dial("?as="+user.String()))
		h.read(clients[len(clients)-1])
	}
	for range 3 {
		h.hub.Publish(Event{Name: Posted, Data: struct{}{}, To: wire.Broadcast{ChannelID: channel}})
	}
	for _, c := range clients {
		h.skipStatus(c)
		for seq := int64(2); seq < 5; seq++ {
			if m := h.read(c); m.Seq != seq {
				t.Fatalf("got %d, want %d", m.Seq, seq)
			}
		}
	}
	for deadline := time.Now().Add(patience); ; {
		h.hub.crew.mu.Lock()
		hands, ready := h.hub.crew.hands, len(h.hub.crew.ready)
		h.hub.crew.mu.Unlock()
		runtime.Gosched()
		if hands == 0 && ready == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d hands, %d sockets", hands, ready)
		}
	}
}

// wrapped is a connection that is no file.
type wrapped struct{ net.Conn }

// through makes a server's answer one whose connection is no file.
type through struct{ http.ResponseWriter }

func (w through) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	return wrapped{c}, rw, err
}

func TestAConnectionThatIsNoFileIsWrittenToAsWell(t *testing.T) {
	t.Parallel()
	h := setupThrough(t, func(w http.ResponseWriter) http.ResponseWriter { return through{w} })
	c := h.dial("?as=" + id.New().String())
	h.read(c)
	h.skipStatus(c)
	h.hub.Publish(Event{Name: NewUser, Data: struct{}{}})
	if m := h.read(c); m.Event != NewUser {
		t.Errorf("got %+v", m)
	}
}

// hurried is a connection that notes when somebody gives a write no more than a moment, as the web-socket library does.
type hurried struct {
	net.Conn
	soon *atomic.Bool
}

func (c hurried) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() && time.Until(t) < writePatience/2 {
		c.soon.Store(true)
	}
	return c.Conn.SetWriteDeadline(t)
}

// hurrying makes a server's answer one whose connection is hurried.
type hurrying struct {
	http.ResponseWriter
	soon *atomic.Bool
}

func (w hurrying) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	return hurried{c, w.soon}, rw, err
}

func TestWhyTheLibraryGivesAClientUpIsSaidInTurn(t *testing.T) {
	t.Parallel()
	var soon atomic.Bool
	h := setupThrough(t, func(w http.ResponseWriter) http.ResponseWriter { return hurrying{w, &soon} })
	c := h.dial("?as=" + id.New().String())
	h.read(c)
	h.skipStatus(c)
	if _, err := c.NetConn().Write([]byte{0x81, 0}); err != nil { // a client's frame without a mask
		t.Fatal(err)
	}
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
		t.Errorf("it was closed with %v", err)
	}
	if soon.Load() {
		t.Error("the library wrote past all others")
	}
}
