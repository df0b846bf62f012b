package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

const (
	maxConnections = 4096
	maxRequests    = 512
	maxParts       = 10000 // of a multipart upload, as in S3
)

// runGateway serves S3 until ctx is done. It calls ready with the address once it listens. versitygw allows one gateway
// per process.
func runGateway(ctx context.Context, s *store, cfg Config, told *figures, ready func(endpoint string)) error {
	l, err := s.listen(cfg.Listen)
	if err != nil {
		return fmt.Errorf("serve S3: %w", err)
	}
	defer l.Close()
	private := filepath.Join(filepath.Dir(cfg.AdminSocket), "gw.sock")
	if err := os.Remove(private); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("serve S3: %w", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	f := front{server: make(chan *fasthttp.Server, 1)}
	err = embedgw.RunVersityGW(ctx, s3backend{store: s}, &embedgw.Config{
		// Nobody knows the root account: it is made up for every run.
		RootUserAccess: rand.Text(),
		RootUserSecret: rand.Text(),
		Region:         Region,
		Ports:          []string{private},
		SocketPerm:     "0600",
		MaxConnections: maxConnections,
		MaxRequests:    maxRequests, MultipartMaxParts: maxParts,
		Quiet:       true,
		KeepAlive:   true,
		DisableACLs: true, // the owner alone
		IAMService:  s.credentials,
		S3Options: []s3api.Option{
			s3api.WithMiddleware("/", f.meet),
			s3api.WithMiddleware("/", told.count),
			s3api.WithMiddleware("/", refuse),
			s3api.WithOnListen(func() {
				go func() {
					if err := f.open(ctx, private, l, func() { ready(l.Addr().String()) }); err != nil {
						stop(err)
					}
				}()
			}),
		},
	})
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("serve S3 on %s: %w", l.Addr(), err)
	}
	return nil
}

// listen prefers the port of the last run to a new one, because workspaces have been told of it.
func (s *store) listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if port == "0" {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, s.lastPort())); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", address)
}

func (s *store) readyFile() string { return filepath.Join(s.dir, "ready.json") }

// lastPort is the port of the last run, or "0".
func (s *store) lastPort() string {
	var info admin.Info
	if readRecord(s.readyFile(), &info) != nil {
		return "0"
	}
	if _, port, err := net.SplitHostPort(info.Endpoint); err == nil {
		return port
	}
	return "0"
}
