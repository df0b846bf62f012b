// Package mail sends mail, the control plane's own and that of workspaces. It never decides whom to write to, and never
// retries: its caller is a job that does.
package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// patience is how long a mail server may take for one message.
const patience = 30 * time.Second

// Sender hands messages to the SMTP server at Addr (host:port).
type Sender struct {
	Addr     string
	From     string // an address, with a name or without: Longhouse <no-reply@example.com>
	Security Security
	Login    Login
	// Dial opens the connections. Nil: a net.Dialer does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	roots *x509.CertPool // who vouches for mail servers; nil: whom the machine trusts
}

// Message is a text to one person.
type Message struct {
	To      string // one address
	Subject string // one line
	Text    string
	HTML    string // the same for programs that show it; empty: there is the text alone
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
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	client, err := s.greet(conn)
	if err != nil {
		conn.Close()
		return cmp.Or(ctx.Err(), err)
	}
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
		{"Subject", encoded(m.Subject)},
		{"Date", now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if m.HTML == "" {
		err := writePart(&b, plain, m.Text)
		return b.Bytes(), err
	}
	boundary := rand.Text() // a secret of this mail: no text that is in it can have it
	fmt.Fprintf(&b, "Content-Type: multipart/alternative; boundary=%s\r\n", boundary)
	for _, part := range [][2]string{{plain, m.Text}, {"text/html; charset=utf-8", m.HTML}} {
		fmt.Fprintf(&b, "\r\n--%s\r\n", boundary)
		if err := writePart(&b, part[0], part[1]); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes(), nil
}

// mostInWord is how many bytes of text an encoded word can have.
const mostInWord = 45

// encoded is a text as programs read it from a header: itself, or in words, each on a line of its own, as mail servers refuse lines of 1000 bytes.
// What looks like such a word and was typed is encoded too, so that it is read as it was typed.
func encoded(text string) string {
	foreign := func(r rune) bool { return r > unicode.MaxASCII }
	if !strings.ContainsFunc(text, foreign) && !strings.Contains(text, "=?") {
		return text
	}
	var words []string
	for text = strings.ToValidUTF8(text, "\ufffd"); text != ""; {
		n := min(mostInWord, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+"?=")
		text = text[n:]
	}
	return strings.Join(words, "\r\n ")
}

const plain = "text/plain; charset=utf-8"

func writePart(b *bytes.Buffer, kind, content string) error {
	fmt.Fprintf(b, "Content-Type: %s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", kind)
	w := quotedprintable.NewWriter(b)
	_, err := lineEnds.WriteString(w, content)
	return errors.Join(err, w.Close()) // only then the last line is there
}
