package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge"
)

// What an edge comes to ask of a control plane, the stand-in has to answer too.
func TestAnEdgeHasCertificatesOfTheStandIn(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "lhbench") // short: a socket is in it
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	control, err := startStandIn(routesTo(3, filepath.Join(dir, "nobody")))
	must(t, err)
	t.Cleanup(control.stop)
	secure, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "token"), []byte("bench\n"), 0o600))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- edge.Run(ctx, edge.Config{Listen: "127.0.0.1:0", TLS: edge.TLS{Listener: secure}, Name: "bench", BaseDomain: standInDomain,
			ControlURL: control.url, TokenFile: filepath.Join(dir, "token"), StateDir: filepath.Join(dir, "state"),
			AdminSocket: filepath.Join(dir, "admin"), Log: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
	})
	must(t, eventually(t.Context(), time.Minute, func() error { return control.hasTold(3) }))
	conn, err := (&tls.Dialer{Config: tlsConfig(hostOf(1))}).DialContext(t.Context(), "tcp", secure.Addr().String())
	if err != nil {
		t.Fatalf("a handshake for a workspace that the stand-in told of: %v", err)
	}
	must(t, conn.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
