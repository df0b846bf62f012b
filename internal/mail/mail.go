// Package mail sends the control plane's own mail. It never decides whom to write to, and never retries: its caller is
// a job that does.
package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-smtp"
)

// patience is how long a mail server may take for one message.
const patience = 30 * time.Second

// Sender hands messages to the SMTP server at Addr (host:port).
type Sender struct {
	Addr string
	From string // an address, with a name or without: Longhouse <no-reply@example.com>
}

// Message is plain text to one person.
type Message struct {
	To      string // one address
	Subject string // one line
	Text    string
}

// Send returns once the server has accepted the message.
func (s Sender) Send(ctx context.Context, m Message) error {
	from, err := oneAddress("from", s.From)
	if err != nil {
		return err
	}
	to, err := oneAddress("to", m.To)
	if err != nil {
		return err
	}
	content, err := compose(from, to, m, time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.submit(ctx, from.Address, to.Address, content); err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Addr, err)
	}
	return nil
}

func (s Sender) submit(ctx context.Context, from, to string, content []byte) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	client := smtp.NewClient(conn)
	defer client.Close()
	if err := client.SendMail(from, []string{to}, bytes.NewReader(content)); err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	_ = client.Quit() // the message is accepted, whatever becomes of the farewell
	return nil
}

func oneAddress(what, address string) (*mail.Address, error) {
	parsed, err := mail.ParseAddress(address)
	if err != nil || strings.ContainsFunc(address, unicode.IsControl) {
		return nil, fmt.Errorf("%s address %q is not one e-mail address", what, address)
	}
	return parsed, nil
}

// lineEnds are brought to one form: the encoder loses the line end after a carriage return that stood alone.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// compose lets nothing that a person typed begin a header of its own.
func compose(from, to *mail.Address, m Message, now time.Time) ([]byte, error) {
	if strings.ContainsFunc(m.Subject, unicode.IsControl) {
		return nil, fmt.Errorf("subject %q must be one line without control characters", m.Subject)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	text := quotedprintable.NewWriter(&b)
	_, err := lineEnds.WriteString(text, m.Text)
	if err = errors.Join(err, text.Close()); err != nil { // only then the last line is there
		return nil, err
	}
	return b.Bytes(), nil
}
