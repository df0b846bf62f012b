package edge

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// frame is one of HTTP/3.
func frame(kind uint64, payload []byte) []byte {
	return append(quicvarint.Append(quicvarint.Append(nil, kind), uint64(len(payload))), payload...)
}

const (
	dataOf    = 0
	headersOf = 1
)

// headers is the frame of a request's header.
func headers(t testing.TB, fields []field) []byte {
	t.Helper()
	var block bytes.Buffer
	encoder := qpack.NewEncoder(&block)
	for _, f := range fields {
		must(t, encoder.WriteField(qpack.HeaderField{Name: f.Name, Value: f.Value}))
	}
	return frame(headersOf, block.Bytes())
}

// statusOf reads the head of an answer, and returns none when the stream or the connection was ended instead.
func statusOf(stream *quic.Stream) string {
	reader := quicvarint.NewReader(stream)
	for {
		kind, err := quicvarint.Read(reader)
		if err != nil {
			return ""
		}
		size, err := quicvarint.Read(reader)
		if err != nil {
			return ""
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(reader, payload); err != nil {
			return ""
		}
		if kind != headersOf {
			continue
		}
		for next := qpack.NewDecoder().Decode(payload); ; {
			f, err := next()
			if err != nil {
				return ""
			}
			if f.Name == ":status" {
				return f.Value
			}
		}
	}
}

// say says just this over a stream of a connection, and leaves it open.
func (r *secureRig) say(conn *quic.Conn, said []byte) *quic.Stream {
	r.t.Helper()
	stream, err := conn.OpenStreamSync(r.t.Context())
	must(r.t, err)
	must(r.t, stream.SetWriteDeadline(time.Now().Add(10*time.Second)))
	must(r.t, second(stream.Write(said)))
	return stream
}

// sayHTTP3 says just this over a stream of a connection of its own from the address, and returns the status.
func (r *secureRig) sayHTTP3(address, sni string, said []byte) string {
	r.t.Helper()
	conn, err := r.dialQUIC(r.t.Context(), address, sni, nil)
	must(r.t, err)
	defer func() { _ = conn.CloseWithError(0x100, "") }()
	stream := r.say(conn, said)
	must(r.t, stream.SetReadDeadline(time.Now().Add(10*time.Second)))
	_ = stream.Close() // fails where it was refused by now
	return statusOf(stream)
}

// socketFields are those of a request for what has a protocol of its own, mostly a web socket.
func socketFields(protocol, path, authority string, more ...field) []field {
	fields := httpsFields("CONNECT", path, authority, field{Name: ":protocol", Value: protocol}, field{Name: "sec-websocket-version", Value: "13"})
	return append(fields, more...)
}

// httpsFields are those of a request by https.
func httpsFields(method, path, authority string, more ...field) []field {
	fields := requestFields(method, path, authority, more...)
	fields[1].Value = "https"
	return fields
}

func newHTTP3Fortress(t *testing.T) (*fortress, *secureRig) {
	t.Helper()
	r := newHTTP3Rig(t)
	f := fortify(r.rig)
	eventually(t, "HTTP/3 is offered", r.server.http3.offered.Load)
	return f, r
}

// TestNoStreamOfHTTP3GetsAroundTheFilter: what HTTP/3 can say of hosts and targets.
func TestNoStreamOfHTTP3GetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	const acme, globex = acmeHost, globexHost
	f, r := newHTTP3Fortress(t)
	more := func(name, value string) field { return field{Name: name, Value: value} }
	scheme := func(fields []field, scheme string) []field { fields[1].Value = scheme; return fields }
	for name, c := range map[string]struct {
		fields           []field
		stranger, friend string
	}{
		"nothing special":             {httpsFields("GET", "/", acme), "403", "200"},
		"another case":                {httpsFields("GET", "/", "ACME.longhouse.LOCALHOST"), "403", "200"},
		"trailing dot":                {httpsFields("GET", "/", acme+"."), "403", "200"},
		"dot and port":                {httpsFields("GET", "/", acme+".:443"), "403", "200"},
		"its other name":              {httpsFields("GET", "/", "Chat.example.com"), "403", "200"},
		"http":                        {requestFields("GET", "/", acme), "403", "200"},
		"a scheme of its own":         {scheme(requestFields("GET", "/", acme), "ftp"), "403", "200"},
		"user in the authority":       {httpsFields("GET", "/", globex+"@"+acme), "", ""},
		"a host, no authority":        {httpsFields("GET", "/", "", more("host", acme)), "403", "200"},
		"the same host":               {httpsFields("GET", "/", acme, more("host", acme)), "403", "200"},
		"the same, in another case":   {httpsFields("GET", "/", acme, more("host", "ACME.longhouse.localhost")), "", ""},
		"it behind another authority": {httpsFields("GET", "/", globex, more("host", acme)), "", ""},
		"another behind it":           {httpsFields("GET", "/", acme, more("host", globex)), "", ""},
		"two authorities":             {httpsFields("GET", "/", globex, more(":authority", acme)), "", ""},
		"an authority at the end":     {httpsFields("GET", "/", "", more("x", "y"), more(":authority", acme)), "", ""},
		"an absolute path":            {httpsFields("GET", "https://"+acme+"/", globex), "", ""},
		"a network path":              {httpsFields("GET", "//"+globex+"/", acme), "403", "200"},
		"dots":                        {httpsFields("GET", "/../%2e%2e//", acme), "403", "200"},
		"a fragment":                  {httpsFields("GET", "/a?b#c", acme), "400", "400"},
		"a version in the path":       {httpsFields("GET", "/ HTTP/1.1\r\nHost: "+acme, globex), "", ""},
		"a host in a field":           {httpsFields("GET", "/", globex, more("x", "y\r\nhost: "+acme)), "", ""},
		"a forwarded host":            {httpsFields("GET", "/", acme, more("x-forwarded-host", globex)), "403", "200"},
		"a forwarded client":          {httpsFields("GET", "/", acme, more("x-forwarded-for", friend), more("forwarded", "for="+friend)), "403", "200"},
		"HEAD":                        {httpsFields("HEAD", "/", acme), "403", "200"},
		"OPTIONS *":                   {httpsFields("OPTIONS", "*", acme), "400", "400"},
		"an unknown method":           {httpsFields("BREW", "/", acme), "403", "200"},
		"a method with a target":      {httpsFields("GET http://"+acme+"/ HTTP/1.1", "/", globex), "", ""},
		"CONNECT":                     {[]field{{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: acme}}, "400", "400"},
		"an upgrade":                  {httpsFields("GET", "/", acme, more("upgrade", "websocket")), "", ""},
		"a hop's field":               {httpsFields("GET", "/", acme, more("connection", "x-forwarded-for")), "", ""},
		"two lengths":                 {httpsFields("POST", "/", acme, more("content-length", "5"), more("content-length", "6")), "", ""},
		"chunked":                     {httpsFields("POST", "/", acme, more("transfer-encoding", "chunked")), "", ""},
	} {
		said := headers(t, c.fields)
		if n := f.askBoth(name, func(address string) string { return r.sayHTTP3(address, acme, said) }, c.stranger, c.friend); (n == 1) != (c.friend != c.stranger) {
			t.Errorf("%s: the instance heard %d requests of the friend", name, n)
		}
	}
}

// TestNoNameInAHandshakeOfQUICGetsAroundTheFilter: one workspace's name in the handshake, and another's in the request.
func TestNoNameInAHandshakeOfQUICGetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f, r := newHTTP3Fortress(t)
	for name, a := range tlsAttempts {
		said := headers(t, httpsFields("GET", "/", a.host))
		f.askBoth(name, func(address string) string { return r.sayHTTP3(address, a.sni, said) }, a.stranger, a.friend)
	}
}

// TestNoHeaderOverHTTP3GetsAroundTheFilter, nor any path.
func TestNoHeaderOverHTTP3GetsAroundTheFilter(t *testing.T) {
	t.Parallel()
	f, r := newHTTP3Fortress(t)
	client := r.http3Client(stranger, "acme")
	for _, name := range claims {
		for _, value := range friends {
			req := r.request(http.MethodGet, acmeHost, "/", nil)
			req.Header[name] = []string{strings.TrimSpace(value)}
			if a := ask(t, client, req); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, stranger) {
				t.Fatalf("%s: %s: answered %d %q", name, value, a.StatusCode, a.body)
			}
		}
	}
	if n := f.heard.Load(); n != 0 {
		t.Errorf("the instance heard %d requests of a stranger", n)
	}
}

// TestAHandshakeOfQUICForNobodyFails, and so does one that is older than TLS 1.3 or for another protocol.
func TestAHandshakeOfQUICForNobodyFails(t *testing.T) {
	t.Parallel()
	_, r := newHTTP3Fortress(t)
	for name, sni := range map[string]string{"unknown": "other.longhouse.localhost", "base domain": "longhouse.localhost",
		"below": "a.acme.longhouse.localhost", "not a host": "acme_.longhouse.localhost", "an address": "127.0.0.1"} {
		_, err := r.dialQUIC(t.Context(), friend, sni, nil, func(c *tls.Config) { c.InsecureSkipVerify = true })
		var refused *quic.TransportError
		if !errors.As(err, &refused) || !refused.Remote || refused.ErrorCode != 0x100+112 { // unrecognized_name
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.dialQUIC(t.Context(), friend, acmeHost, nil, func(c *tls.Config) { c.NextProtos = []string{"h2"} }); err == nil {
		t.Error("it speaks HTTP/2 over QUIC")
	}
	if strings.Contains(r.logs.String(), "handshake") {
		t.Errorf("who scans ports fills the log:\n%s", r.logs)
	}
}

// TestACertificateOverQUICIsForItsHostAlone, also where an earlier session is resumed; and nothing is taken with an unfinished handshake.
func TestACertificateOverQUICIsForItsHostAlone(t *testing.T) {
	t.Parallel()
	_, r := newHTTP3Fortress(t)
	sessions := tls.NewLRUClientSessionCache(4)
	for i, host := range []string{acmeHost, globexHost, acmeHost} {
		conn, err := r.dialQUIC(t.Context(), friend, host, nil, func(c *tls.Config) { c.ClientSessionCache = sessions })
		must(t, err)
		state := conn.ConnectionState()
		if names := state.TLS.PeerCertificates[0].DNSNames; len(names) != 1 || names[0] != host || state.TLS.Version != tls.VersionTLS13 {
			t.Errorf("%s is shown %q, by %s", host, names, tls.VersionName(state.TLS.Version))
		}
		eventually(t, "a session to resume", func() bool { s, ok := sessions.Get(host); return ok && s != nil })
		if i == 2 && !state.TLS.DidResume {
			t.Error("the session was not resumed")
		}
	}
	transport := &quic.Transport{Conn: packetsFrom(t, friend)}
	t.Cleanup(func() { _ = transport.Close() })
	early, err := transport.DialEarly(t.Context(), r.packetAddr(), &tls.Config{ServerName: acmeHost, RootCAs: r.roots(), NextProtos: []string{"h3"}, ClientSessionCache: sessions}, nil)
	must(t, err)
	<-early.HandshakeComplete()
	if early.ConnectionState().Used0RTT {
		t.Error("0-RTT was taken")
	}
}
