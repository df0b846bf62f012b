package objectstore

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// How long a client may take. What an instance sends it has on this machine already, and what it reads too.
const (
	headerWithin = 5 * time.Second // of a request, also of the first on a connection
	bodyWithin   = time.Hour       // and the answer, each
	idleWithin   = 5 * time.Minute // between requests; longer than clients keep connections, so that they close them
)

// front takes the connections of versitygw, which makes its listeners itself and bounds how long nobody may take. It is asked
// once, on a private socket, for the server behind it; that server then serves our listener, within limits.
type front struct {
	once   sync.Once
	server chan *fasthttp.Server
}

// meet is the first that requests meet.
func (f *front) meet(ctx fiber.Ctx) error {
	ours := false
	f.once.Do(func() {
		server := ctx.App().Server() // nobody else's connection is served by it yet
		server.ReadTimeout, server.IdleTimeout = headerWithin, idleWithin
		server.HeaderReceived = func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
			return fasthttp.RequestConfig{ReadTimeout: bodyWithin, WriteTimeout: bodyWithin}
		}
		f.server <- server
		ours = true
	})
	if ours {
		return ctx.SendStatus(http.StatusNoContent)
	}
	return ctx.Next()
}

// open serves the listener until the gateway is shut down.
func (f *front) open(ctx context.Context, private string, l net.Listener, ready func()) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", private)
	}}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://gateway/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the gateway for its server: %w", err)
	}
	_ = resp.Body.Close()
	server := <-f.server
	ready()
	return server.Serve(l)
}
