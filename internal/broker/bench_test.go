package broker

import (
	"context"
	"net"
	"path/filepath"
	"testing"
)

// BenchmarkDial is what a connection costs that is handed over, beside one that a program opens itself.
func BenchmarkDial(b *testing.B) {
	client, path := program(b)
	serve(b, path, 16, anywhere)
	address := echo(b, "unix", filepath.Join(filepath.Dir(path), "echo"))
	for name, dial := range map[string]Dial{"itself": anywhere, "asked": client.DialContext} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				conn, err := dial(context.Background(), "unix", address)
				if err != nil {
					b.Fatal(err)
				}
				_ = conn.(*net.UnixConn).Close()
			}
		})
	}
}
