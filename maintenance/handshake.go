package maintenance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// handshakeWithin is longer than an edge waits for a certificate that it has issued.
const handshakeWithin = 15 * time.Second

// Handshake is how an edge is asked for a domain's TLS certificate, which it has issued when it is first asked. That is how one is there before
// anybody is sent to the domain.
type Handshake struct {
	// Address is where an edge serves TLS, host:port; empty: none does, and nothing is to be waited for.
	Address string
	// Greeting is sent ahead, where the edge wants to hear who comes from there.
	Greeting []byte
	// Never says why no certificate can be had for names that customers bring; empty: one can.
	Never string
}

// Shake returns nil when an edge shows a certificate for the name that is good now. Who signed it isn't looked at: that is the choice of who
// runs the edge.
func (h Handshake) Shake(ctx context.Context, name string) error {
	switch {
	case h.Address == "":
		return nil
	case h.Never != "":
		return errors.New(h.Never)
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", h.Address)
	if err != nil {
		return fmt.Errorf("no edge could be reached: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if len(h.Greeting) > 0 {
		if _, err := conn.Write(h.Greeting); err != nil {
			return fmt.Errorf("no edge could be reached: %w", err)
		}
	}
	secure := tls.Client(conn, &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // nothing is sent; the name and the dates are looked at below, and any issuer may have signed
		VerifyConnection: func(state tls.ConnectionState) error {
			leaf, now := state.PeerCertificates[0], time.Now()
			if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
				return fmt.Errorf("the certificate is good from %s to %s", leaf.NotBefore.UTC().Format(time.DateTime), leaf.NotAfter.UTC().Format(time.DateTime))
			}
			return leaf.VerifyHostname(name)
		}})
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("the edge showed none that is good: %w", err)
	}
	return nil
}
