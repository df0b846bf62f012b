package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/emersion/go-smtp"
)

const largestMail = 2 << 20

// Mail is a catcher of all mail: it takes every message by SMTP, delivers none, and shows them by HTTP.
type Mail struct {
	Dir         string // made if it is missing; the last 500 messages stay here across restarts
	SMTP, HTTP  string // host:port on loopback, port 0 for any free one
	AddressFile string // once both answer, holds a MailAddresses as JSON
}

// MailAddresses is where a running catcher listens, as host:port.
type MailAddresses struct {
	SMTP string `json:"smtp"`
	HTTP string `json:"http"`
}

// RunMail serves until ctx is done. Whoever may connect may read every mail, so that it listens on loopback only.
func RunMail(ctx context.Context, m Mail) error {
	box, err := openMailbox(m.Dir)
	if err != nil {
		return err
	}
	smtpListener, err := listenLoopback(ctx, m.SMTP)
	if err != nil {
		return err
	}
	defer smtpListener.Close()
	httpListener, err := listenLoopback(ctx, m.HTTP)
	if err != nil {
		return err
	}
	defer httpListener.Close()

	catcher := newSMTPServer(box)
	page := &http.Server{Handler: newMailPage(box), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- catcher.Serve(smtpListener) }()
	go func() { ended <- page.Serve(httpListener) }()
	defer catcher.Close()
	defer page.Close()

	if err := m.announce(MailAddresses{SMTP: smtpListener.Addr().String(), HTTP: httpListener.Addr().String()}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return fmt.Errorf("mail catcher: %w", err)
	}
}

func (m Mail) announce(at MailAddresses) error {
	content, err := json.Marshal(at)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.AddressFile), 0o711); err != nil {
		return err
	}
	return replaceFile(m.AddressFile, content, account{})
}

func listenLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("mail catcher's address %q must be host:port", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mail catcher's address %q must be on loopback: it asks nobody for a password", address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	return l, nil
}

func newSMTPServer(box *mailbox) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: box}, nil }))
	s.Domain, s.EnableSMTPUTF8 = "localhost", true
	s.MaxMessageBytes, s.MaxRecipients = largestMail, 100
	s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	s.ErrorLog = silent{}
	return s
}

// silent drops what clients do wrong: it is not the catcher's trouble, and they are told.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// delivery is one SMTP session.
type delivery struct {
	box  *mailbox
	from string
	to   []string
}

func (d *delivery) Reset()        { d.from, d.to = "", nil }
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.from = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := d.box.put(d.from, d.to, message); err != nil {
		slog.Error("mail not kept", "error", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "mail can't be kept"}
	}
	return nil
}
