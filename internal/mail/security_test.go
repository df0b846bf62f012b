package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// relay is a mail server that takes mail of those who sign in as ann.
type relay struct {
	mu    sync.Mutex
	taken []string // by whom
}

func (r *relay) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken
}

type visit struct {
	of  *relay
	who string
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }
func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "ann" || password != "secret" {
			return errors.New("wrong password")
		}
		v.who = username
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error {
	if v.who == "" {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (v *visit) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (v *visit) Reset()                               {}
func (v *visit) Logout() error                        { return nil }

func (v *visit) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	v.of.taken = append(v.of.taken, v.who)
	return err
}

// openRelay starts one, secured from the first byte or once it is asked to be, and answers who trusts it.
func openRelay(t *testing.T, how Security) (*relay, string, *x509.CertPool) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, which is of example.com and 127.0.0.1
	t.Cleanup(web.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(web.Certificate())
	r := &relay{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &visit{of: r}, nil }))
	server.ErrorLog = quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	switch how {
	case TLS:
		l = tls.NewListener(l, web.TLS)
	case StartTLS:
		server.TLSConfig = web.TLS
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return r, l.Addr().String(), trusted
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func TestASenderSignsInOnASecureConnection(t *testing.T) {
	t.Parallel()
	m := Message{To: "b@example.com", Subject: "x", Text: "x"}
	for _, how := range []Security{StartTLS, TLS} {
		r, address, trusted := openRelay(t, how)
		s := Sender{Addr: address, From: "a@example.com", Security: how, Login: Login{"ann", "secret"}, roots: trusted}
		if err := s.Send(t.Context(), m); err != nil || len(r.took()) != 1 || r.took()[0] != "ann" {
			t.Errorf("%s: %v, %v", how, err, r.took())
		}
		s.Login.Password = "guess"
		if err := s.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "guess") {
			t.Errorf("%s, with a wrong password: %v", how, err)
		}
		s.Login, s.roots = Login{"ann", "secret"}, x509.NewCertPool()
		if err := s.Send(t.Context(), m); err == nil {
			t.Errorf("%s: an unknown server was trusted", how)
		}
	}
}

func TestNothingIsSentInTheClearWhereItMustBeSecure(t *testing.T) {
	t.Parallel()
	r, address, trusted := openRelay(t, Plain)
	for _, how := range []Security{StartTLS, TLS} {
		s := Sender{Addr: address, From: "a@example.com", Security: how, Login: Login{"ann", "secret"}, roots: trusted}
		if err := s.Send(t.Context(), Message{To: "b@example.com", Subject: "x", Text: "x"}); err == nil || len(r.took()) > 0 {
			t.Errorf("%s: %v, %v", how, err, r.took())
		}
	}
}
