package embedded

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// FuzzEnvelope: a message comes out of its envelope as it went in, for whom it was, whatever it says of itself; or it is refused.
func FuzzEnvelope(f *testing.F) {
	for _, raw := range []string{"Subject: x\r\n\r\nx", "Delivered-To: c@x\r\n\r\n", received + "\r\n", "", "\r\n", "\xff\x00"} {
		f.Add("a@x", "b@x", "c@x", []byte(raw))
		f.Add("", "b@x\r\nDelivered-To: d@x", "<>", []byte(raw))
	}
	f.Fuzz(func(t *testing.T, from, one, other string, raw []byte) {
		e := envelope{from, []string{one, other}}
		content, err := enclose(e, raw)
		if err != nil {
			if !strings.ContainsFunc(from+one+other, unicode.IsControl) {
				t.Errorf("%+v is refused: %v", e, err)
			}
			return
		}
		if back, inside := disclose(content); back.from != from || !slices.Equal(back.to, e.to) || !bytes.Equal(inside, raw) {
			t.Errorf("%+v with %q became %+v with %q", e, raw, back, inside)
		}
	})
}

// FuzzMail: whatever is in a message, what is shown of it is text, no longer than it and its marks for what can't be read, and the page has
// no element of the sender's and no link but to the web.
func FuzzMail(f *testing.F) {
	for _, raw := range []string{twoParts, "Subject: <script>x</script>\r\n\r\n</pre><img src=x onerror=y> https://x/\"onclick=z javascript:x", "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 20),
		"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=\r\n=ZZ", "Content-Type: multipart/mixed\r\n\r\nx", "Content-Transfer-Encoding: base64\r\n\r\n!!!!", "Subject: =?utf-8?b?//8=?= =?x?q?y?=\r\n\r\n", "Subject: \xff\r\n\r\n\xff",
		"Content-Type: text/plain; charset=\"\r\n\r\nx", "no header", "http://<x>http://", ""} {
		f.Add([]byte(raw), "b@x")
	}
	f.Fuzz(func(t *testing.T, raw []byte, to string) {
		content, err := enclose(envelope{"a@x", []string{to}}, raw)
		if err != nil {
			return
		}
		m := parseMail("20261121T000102.123456789Z-aaaaaaaa", time.Unix(0, 0).UTC(), content)
		if !utf8.ValidString(m.From+m.Subject+m.Text+strings.Join(m.To, "")) || len(m.Text)+len(m.Subject) > 6*len(raw) || len(m.To) != 1 {
			t.Errorf("%q is shown as %+v", raw, m)
		}
		for _, view := range []mailView{{Message: m}, {List: []message{m}}} {
			w := httptest.NewRecorder()
			show(w, view, nil)
			inspect(t, w.Body)
		}
	})
}

// inspect looks for what the page's template does not have.
func inspect(t *testing.T, page io.Reader) {
	t.Helper()
	elements := []string{"html", "meta", "title", "style", "p", "a", "h1", "small", "pre", "ul", "li", "br"}
	for tokens := html.NewTokenizer(page); tokens.Next() != html.ErrorToken; {
		token := tokens.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		if !slices.Contains(elements, token.Data) {
			t.Errorf("the page has %s", token)
		}
		for _, attribute := range token.Attr {
			at, err := url.Parse(attribute.Val)
			if attribute.Key == "href" && (err == nil && !slices.Contains([]string{"", "http", "https"}, at.Scheme) || err != nil && !strings.HasPrefix(attribute.Val, "http")) || strings.HasPrefix(attribute.Key, "on") {
				t.Errorf("the page has %s", token)
			}
		}
	}
}

// FuzzSMTP: whatever a client says, what is kept are whole messages that it sent, each for those that it named before, and their number is
// that of the messages which were accepted.
func FuzzSMTP(f *testing.F) {
	const hello, mail, body = "EHLO x\r\n", "MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\n", "DATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n"
	for _, said := range []string{hello + mail + body + "QUIT\r\n", hello + mail + body + mail + body, hello + body, hello + mail + "DATA\r\nx\r\n..\r\n.\n.\r\n", hello + mail + "RSET\r\n" + body, hello + mail + "BDAT 5 LAST\r\nhello", hello + mail + "BDAT 99999999999 LAST\r\nx",
		hello + "MAIL FROM:<a@x> SIZE=99999999999\r\n", hello + "MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<\u00e4@x>\r\n" + body, hello + "MAIL FROM:<a@x\x00>\r\nRCPT TO:<\"b\\\\ c\"@x>\r\n" + body, "GET / HTTP/1.1\r\n\r\n", hello + "AUTH PLAIN\r\n", "\xff\r\n", ""} {
		f.Add([]byte(said))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		dir, err := os.MkdirTemp("/dev/shm", "mail-") // in memory: it is about what is kept
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		box, err := openMailbox(dir)
		if err != nil {
			t.Fatal(err)
		}
		answers := converse(t, box, said)
		kept, err := box.list("")
		if err != nil || len(kept) > strings.Count(answers, "250 2.0.0 OK: queued") {
			t.Errorf("of %q, answered %q, %d messages are kept, %v", said, answers, len(kept), err)
		}
		for _, m := range kept {
			if len(m.To) == 0 || strings.ContainsFunc(m.From+strings.Join(m.To, ""), unicode.IsControl) {
				t.Errorf("of %q came %+v", said, m)
			}
			for _, to := range m.To {
				if plain := strings.NewReplacer(`\`, "", `"`, ""); !strings.Contains(plain.Replace(readable(string(said))), plain.Replace(to)) {
					t.Errorf("%q is for %q", said, to)
				}
			}
		}
	})
}

// converse says everything to the catcher, and returns what it answered.
func converse(t *testing.T, box *mailbox, said []byte) string {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(box.dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	server, served := newSMTPServer(box), make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := net.Dial("unix", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = conn.Write(said) // the catcher may hang up before it has heard all
		_ = conn.(*net.UnixConn).CloseWrite()
	}()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	answers, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q is not heard to its end: %v", said, err)
	}
	_ = server.Close()
	<-served
	return string(answers)
}
