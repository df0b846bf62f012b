package edge

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// saying is an instance that answers every request with the same text and then tells when its connection has been closed.
func (r *rig) saying(slug, text string) (closed chan struct{}) {
	r.t.Helper()
	socket := filepath.Join(r.dir, slug+".sock")
	listener, err := net.Listen("unix", socket)
	must(r.t, err)
	r.t.Cleanup(func() { _ = listener.Close() })
	closed = make(chan struct{}, 8)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				requests := bufio.NewReader(conn)
				req, err := http.ReadRequest(requests)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				_, _ = io.WriteString(conn, text)
				_, _ = io.Copy(io.Discard, requests)
				closed <- struct{}{}
			}()
		}
	}()
	r.control.set(1, routeTo(slug, socket))
	return closed
}

func TestAnAnswerThatIsNoneIsA502AndEndsTheConnection(t *testing.T) {
	t.Parallel()
	const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
	for name, c := range map[string]struct{ answer, request string }{
		"status 099":            {"HTTP/1.1 099 Odd\r\nContent-Length: 5\r\n\r\nhello", "GET / HTTP/1.1\r\n"},
		"099 to a POST":         {"HTTP/1.1 099 Odd\r\nContent-Length: 5\r\n\r\nhello", "POST / HTTP/1.1\r\nContent-Length: 2\r\n"},
		"099 to a web socket":   {"HTTP/1.1 099 Odd\r\nContent-Length: 5\r\n\r\nhello", "GET / HTTP/1.1\r\n" + upgrade},
		"a switch":              {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "GET / HTTP/1.1\r\n"},
		"a switch at a POST":    {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 2\r\n"},
		"a switch to no matter": {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 2\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			closed := r.saying("acme", c.answer)
			r.start()
			r.waitVersion(1)
			r.raw(c.request+"Host: acme.longhouse.localhost\r\n\r\nhi").want(t, 502, "not answering")
			select {
			case <-closed:
			case <-time.After(10 * time.Second):
				t.Error("the connection to the instance stays open")
			}
			if said := r.logs.String(); strings.Contains(said, "panic") {
				t.Errorf("the log says %s", said)
			}
		})
	}
}
