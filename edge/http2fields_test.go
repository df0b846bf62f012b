package edge

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// field is one of HTTP/2, as it is sent.
type field = hpack.HeaderField

func requestFields(method, path, authority string, more ...field) []field {
	fields := []field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: path}}
	if authority != "" {
		fields = append(fields, field{Name: ":authority", Value: authority})
	}
	return append(fields, more...)
}

// sendFields asks over HTTP/2 with just these fields, which net/http's client would not send, and returns the status, or
// none when the stream or the connection was ended instead.
func sendFields(t testing.TB, dial dialer, address string, fields []field) (status string) {
	t.Helper()
	conn, err := dial(t.Context(), "tcp", address)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, http2.ClientPreface)
	must(t, err)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	must(t, framer.WriteSettings())
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range fields {
		must(t, encoder.WriteField(f))
	}
	must(t, framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true}))
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return ""
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			return frame.PseudoValue("status")
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return ""
		}
	}
}

// TestFieldsOfHTTP2ThatNoRequestLineHolds: what HTTP/1 can't say is refused before an instance hears of it.
func TestFieldsOfHTTP2ThatNoRequestLineHolds(t *testing.T) {
	t.Parallel()
	const acme, globex = "acme.longhouse.localhost", "globex.longhouse.localhost"
	host := func(name string) field { return field{Name: "host", Value: name} }
	r := newRig(t)
	heard := make(chan string, 1)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		heard <- req.Method + " " + req.RequestURI + " " + req.Host
	})))
	r.start()
	r.waitVersion(1)
	for name, c := range map[string]struct {
		fields []field
		status string
	}{
		"a query with a version":   {requestFields("GET", "/a?b HTTP/1.1", acme), "400"},
		"a path with a version":    {requestFields("GET", "/a HTTP/1.1", acme), "400"},
		"a fragment":               {requestFields("GET", "/a?b#c", acme), "400"},
		"an absolute path":         {requestFields("GET", "http://"+acme+"/a", acme), "400"},
		"a method with a target":   {requestFields("GET /x HTTP/1.1", "/a", acme), "400"},
		"a method that is none":    {requestFields("G@T", "/a", acme), "400"},
		"another host":             {requestFields("GET", "/a", acme, host(globex)), "400"},
		"the host twice":           {requestFields("GET", "/a", acme, host(acme), host(acme)), "400"},
		"two hosts, no authority":  {requestFields("GET", "/a", "", host(acme), host(globex)), "400"},
		"the same host":            {requestFields("GET", "/a", acme, host("ACME.longhouse.localhost")), "200"},
		"a host, no authority":     {requestFields("GET", "/a", "", host(acme)), "200"},
		"a method that nobody has": {requestFields("FR~B", "/a?b=%20c", acme), "200"},
	} {
		if status := sendFields(t, dialFrom(friend), r.addr(), c.fields); status != c.status {
			t.Errorf("%s: answered %q, want %s", name, status, c.status)
		}
		select {
		case request := <-heard:
			if want := c.fields[0].Value + " " + c.fields[2].Value + " " + acme; c.status != "200" || request != want {
				t.Errorf("%s: the instance heard %q", name, request)
			}
		default:
			if c.status == "200" {
				t.Errorf("%s: the instance heard nothing", name)
			}
		}
	}
}
