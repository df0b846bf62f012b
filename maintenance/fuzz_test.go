package maintenance

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/tenants"
)

// FuzzAnswer: whatever a receiver writes for an answer, the attempt has one of the known outcomes, is acknowledged by 2xx alone, keeps
// little, and says nothing of our network; and nobody is asked to wait for longer than a week.
func FuzzAnswer(f *testing.F) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for _, answer := range []string{ok, "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n" + ok,
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n\x00\xff", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\nx", "HTTP/1.1 000 \r\n\r\n", "\x16\x03\x01", "",
		"HTTP/1.1 429 Slow\r\nRetry-After: 99999999999999999999\r\n\r\n", "HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n\r\n", "HTTP/1.1 503 No\r\nRetry-After: -1\r\n\r\n"} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		s := NewSender(nil, prometheus.NewRegistry())
		s.within = 2 * time.Second
		s.plain.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go answers(theirs, answer)
			return ours, nil
		}
		defer s.plain.CloseIdleConnections()
		a := s.Send(t.Context(), parcel("http://receiver.test/in"))
		if !slices.Contains(tenants.AttemptOutcomes, a.Outcome) || (a.Outcome == tenants.Acknowledged) != (a.Status/100 == 2) || a.Status < 0 || a.Status > 999 {
			t.Errorf("%q is %s with %d", answer, a.Outcome, a.Status)
		}
		if len(a.Answer) > answerMost || len(a.Message) > reasonMost+100 || (a.Message == "") != (a.Outcome == tenants.Acknowledged) || !utf8.ValidString(a.Message) {
			t.Errorf("%q says %q, and keeps %d bytes", answer, a.Message, len(a.Answer))
		}
		if a.RetryAfter < 0 || a.RetryAfter > askedMost || a.RetryAfter > 0 && a.Outcome != tenants.Refused {
			t.Errorf("%q asks for %s", answer, a.RetryAfter)
		}
		if strings.Contains(a.Message, "pipe") || strings.Contains(a.Message, "127.0.0.1") {
			t.Errorf("%q tells of us: %s", answer, a.Message)
		}
	})
}

// answers takes one request and answers it, whatever it is.
func answers(conn net.Conn, answer []byte) {
	defer func() { _ = conn.Close() }()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = conn.Write(answer)
	}
}
