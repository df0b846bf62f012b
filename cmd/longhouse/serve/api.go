package serve

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/provisioner"
)

func (c *control) serveAPI(ctx context.Context) error {
	server, err := c.apiServer()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.settings.API)
	if err != nil {
		return fmt.Errorf("listen for the API: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the API: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the API: %w", err)
	}
	return server.Close()
}

func (c *control) apiServer() (*http.Server, error) {
	key, err := c.key("control-sealing")
	if err != nil {
		return nil, err
	}
	text, err := secretFile(c.layout.EdgeTokenHash())
	if err != nil {
		return nil, err
	}
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(text)); err != nil || n != len(hash) {
		return nil, fmt.Errorf("%s does not hold a SHA-256 in hexadecimal", c.layout.EdgeTokenHash())
	}
	handler, err := controlplane.New(controlplane.Config{
		Store: c.store, Pool: c.pool, Opener: provisioner.NewOpener(c.pool, c.store, c.signer, c.edge),
		WorkspaceURL: func(slug string) string { return c.edge.URL(c.store.Host(slug)) },
		ControlKey:   key, EdgeTokenHash: hash, Log: c.log.With("role", "api"),
	})
	if err != nil {
		return nil, err
	}
	return &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}, nil
}
