package mail

import (
	"crypto/tls"
	"net"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security is how the connection to a mail server is kept from others.
type Security string

// The ways to secure a connection. Without one, everybody on the way can read the mail and the login.
const (
	Plain    Security = ""
	StartTLS Security = "STARTTLS" // begun in the clear, and nothing is sent before it is secure
	TLS      Security = "TLS"
)

// Login is what a mail server knows its sender by. The zero Login means that it asks for none.
type Login struct{ Username, Password string }

// greet makes a session of a connection: secure, and signed in.
func (s Sender) greet(conn net.Conn) (client *smtp.Client, err error) {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return nil, err
	}
	trust := &tls.Config{ServerName: host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	switch s.Security {
	case StartTLS:
		if client, err = smtp.NewClientStartTLS(conn, trust); err != nil {
			return nil, err
		}
	case TLS:
		client = smtp.NewClient(tls.Client(conn, trust))
	default:
		client = smtp.NewClient(conn)
	}
	if s.Login == (Login{}) {
		return client, nil
	}
	return client, client.Auth(sasl.NewPlainClient("", s.Login.Username, s.Login.Password))
}
