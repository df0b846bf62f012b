package process

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
)

const (
	pingURL        = "http://instance/api/v4/system/ping"
	answerWithin   = time.Second // one that answers more slowly isn't ready
	longestHeaders = 64 << 10
)

// answers says whether the instance that listens on the socket is ready. The instance is not to be trusted: it may
// answer slowly, endlessly, or with a redirection, which is no yes.
func answers(ctx context.Context, socket string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, pingURL, nil)
	if err != nil {
		panic(err) // the address is a constant
	}
	one := &http.Transport{
		DisableKeepAlives: true, MaxResponseHeaderBytes: longestHeaders,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return unixsocket.Dial(ctx, socket) },
	}
	resp, err := one.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
