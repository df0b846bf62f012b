package api

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// Who lets a body wait, or leaves in the middle of it, is answered, and loses the connection.
func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	a := &API{Config: config.NewBook(nil, nil, nil, config.Settings{}, config.Identity{}), Log: slog.New(slog.DiscardHandler), bodyWithin: 50 * time.Millisecond}
	web := httptest.NewServer(a.adapt(Route{Rule: anyone, Handler: ok}))
	t.Cleanup(web.Close)
	for why, leave := range map[string]bool{"waits": false, "leaves": true} {
		conn, err := net.Dial("tcp", web.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = fmt.Fprint(conn, "POST /api/v4/posts HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}")
		if leave {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
		answers := bufio.NewReader(conn)
		got, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("who %s: %v", why, err)
		}
		body, _ := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if _, err := answers.ReadByte(); got.StatusCode != http.StatusBadRequest || err != io.EOF {
			t.Errorf("who %s is answered %d %s, and then %v", why, got.StatusCode, body, err)
		}
	}
}
