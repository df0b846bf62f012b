package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

const (
	maxConnections = 4096
	maxRequests    = 512
	maxParts       = 10000 // of a multipart upload, as in S3
	portAttempts   = 5
)

// runGateway serves S3 until ctx is done. It calls ready with the address once it listens. versitygw allows one gateway
// per process.
func runGateway(ctx context.Context, s *store, listen string, ready func(endpoint string)) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	if port != "0" {
		return serveS3(ctx, s, listen, ready)
	}
	// versitygw takes an address, not a listener, so that somebody else may take a free port first: then try another.
	for range portAttempts {
		if port, err = freePort(host, s.lastPort()); err != nil {
			return err
		}
		err = serveS3(ctx, s, net.JoinHostPort(host, port), ready)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
	return err
}

func serveS3(ctx context.Context, s *store, address string, ready func(endpoint string)) error {
	var once sync.Once
	err := embedgw.RunVersityGW(ctx, s3backend{store: s}, &embedgw.Config{
		// Nobody knows the root account: it is made up for every run.
		RootUserAccess: rand.Text(),
		RootUserSecret: rand.Text(),
		Region:         Region,
		Ports:          []string{address},
		MaxConnections: maxConnections,
		MaxRequests:    maxRequests, MultipartMaxParts: maxParts,
		Quiet:       true,
		KeepAlive:   true,
		DisableACLs: true, // the owner alone
		IAMService:  s.credentials,
		S3Options: []s3api.Option{
			s3api.WithMiddleware("/", refuse),
			s3api.WithOnListen(func() { once.Do(func() { ready(address) }) }),
		},
	})
	if err != nil {
		return fmt.Errorf("serve S3 on %s: %w", address, err)
	}
	return nil
}

// freePort prefers the port of the last run, because workspaces have been told of it.
func freePort(host, last string) (string, error) {
	for _, port := range []string{last, "0"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil && port != "0" {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		_, port, err = net.SplitHostPort(l.Addr().String())
		return port, err
	}
	return "", errors.New("find a free port: none")
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
