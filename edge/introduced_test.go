package edge

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// introduces is what a hop writes before the bytes of a client.
func introduces(t testing.TB, version byte, client string) []byte {
	t.Helper()
	source := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client))
	here := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	if source.IP.To4() == nil {
		here.IP = net.ParseIP("2001:db8::1")
	}
	header, err := proxyproto.HeaderProxyFromAddrs(version, source, here).Format()
	must(t, err)
	return header
}

// behindAHop starts an edge that believes 127.0.0.1, with an instance that says whom it hears.
func behindAHop(t *testing.T, tune ...func(*server)) *rig {
	t.Helper()
	r := newRig(t)
	r.config.Trust = Trust{Hops: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Announced: true}
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "for %s", r.Header.Get(XForwardedFor))
	})))
	r.start(tune...)
	r.waitVersion(1)
	return r
}

const asks = "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nX-Forwarded-For: 192.0.2.66\r\nConnection: close\r\n\r\n"

func TestAConnectionIsTheClientsThatAHopNames(t *testing.T) {
	t.Parallel()
	r := behindAHop(t)
	for _, client := range []string{"203.0.113.7:4711", "[2001:db8::7]:4711"} {
		r.raw(string(introduces(t, 2, client))+asks).want(t, 200, "for "+netip.MustParseAddrPort(client).Addr().String())
	}
	local := &proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	header, err := local.Format()
	must(t, err)
	r.raw(string(header)+asks).want(t, 200, "for 127.0.0.1")
}

// Each client has the share of its own, though one hop makes all connections.
func TestThoseThatAHopNamesHaveAShareEach(t *testing.T) {
	t.Parallel()
	r := behindAHop(t, func(s *server) { s.listener.each = 1 })
	first := dialEdge(t, r)
	_, err := first.Write(introduces(t, 2, "203.0.113.7:1"))
	must(t, err)
	eventually(t, "the first is in", func() bool { return r.server.listener.count() == 1 })
	r.raw(string(introduces(t, 2, "203.0.113.7:2"))+asks).want(t, 503, noRoomText)
	r.raw(string(introduces(t, 2, "203.0.113.8:3"))+asks).want(t, 200, "for 203.0.113.8")
}

func TestAHopThatDoesNotIntroduceIsHungUpOn(t *testing.T) {
	t.Parallel()
	r := behindAHop(t)
	for name, sent := range map[string][]byte{
		"a request":      []byte(asks),
		"version 1":      append(introduces(t, 1, "203.0.113.7:4711"), asks...),
		"half a header":  introduces(t, 2, "203.0.113.7:4711")[:20],
		"a UNIX client":  append(append([]byte{}, proxyproto.SIGV2...), append([]byte{0x21, 0x31, 0, 216}, make([]byte, 216)...)...),
		"an endless one": append(append([]byte{}, proxyproto.SIGV2...), 0x21, 0x11, 0xff, 0xff),
	} {
		conn := dialEdge(t, r)
		must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err := conn.Write(sent)
		must(t, err)
		if half, ok := conn.(*net.TCPConn); ok {
			must(t, half.CloseWrite())
		}
		if answer, _ := io.ReadAll(conn); len(answer) > 0 {
			t.Errorf("%s: the edge said %q", name, answer)
		}
	}
}

// A header of somebody who is no hop is what it looks like: no request.
func TestAStrangerCanNotIntroduceAnybody(t *testing.T) {
	t.Parallel()
	r := behindAHop(t)
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	ask := func(sent string) *answerOf {
		conn, err := from.Dial("tcp", r.addr())
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = io.WriteString(conn, sent)
		must(t, err)
		return readAnswer(t, conn)
	}
	ask(string(introduces(t, 2, "203.0.113.7:4711"))+asks).want(t, 400, "")
	ask(asks).want(t, 200, "for 127.0.0.2")
}

// Many hops that say nothing hold up nobody.
func TestSilentHopsHoldUpNobody(t *testing.T) {
	t.Parallel()
	r := behindAHop(t)
	for range 50 {
		dialEdge(t, r)
	}
	r.raw(string(introduces(t, 2, "203.0.113.7:4711"))+asks).want(t, 200, "for 203.0.113.7")
}

func FuzzIntroduction(f *testing.F) {
	f.Add(introduces(f, 2, "203.0.113.7:4711"))
	f.Add(introduces(f, 2, "[2001:db8::7]:4711"))
	f.Add(append(append([]byte{}, proxyproto.SIGV2...), 0x20, 0, 0, 0))
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := bytes.NewReader(append(sent, "GET "...))
		client, err := readClient(r)
		if err == nil && client.IsValid() && client.Addr().Is4In6() {
			t.Fatalf("%x introduces %s", sent, client)
		}
		if err == nil && r.Len() < len("GET ") && len(sent) >= fixedPart && len(sent) >= fixedPart+int(sent[14])<<8+int(sent[15]) {
			t.Fatalf("%x took bytes of what follows", sent)
		}
	})
}
