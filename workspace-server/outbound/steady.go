package outbound

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// NewSteady makes a client of one program that is called again and again, and that the operator named: connections to it are kept for a while, and
// of its calls just those are told that fail.
func NewSteady(allowed config.Integrations, dial broker.Dial, log *slog.Logger) *Client {
	c := NewClient(allowed, dial, log)
	c.quiet = true
	c.http.Transport = &http.Transport{DialContext: c.dial, TLSHandshakeTimeout: connectWithin, MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2: true, MaxConnsPerHost: mostDialled, MaxIdleConnsPerHost: mostDialled, IdleConnTimeout: 30 * time.Second}
	return c
}
