package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzMessage: whatever people typed, a mail has the headers that we write, each once, goes to one address, and its subject and text read as
// they were written, as does the same as HTML.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{"hello", "a\r\n.\r\nb", "\u00e4=\u00f6\n" + strings.Repeat("x", 200), "From me", "\x00\xff", ""} {
		f.Add("Ada <ada@example.com>", "a subject", text)
		f.Add("ada@example.com\r\nBcc: eve@example.com", text, "text")
	}
	f.Add(`"a@b, c@d"@example.com`, "=?utf-8?q?x?=", "text")
	f.Add("=?utf-8?q?a=0d=0aBcc:?= <ada@example.com>", "\u2028", "text")
	from := &mail.Address{Name: "Longhouse", Address: "longhouse@example.com"}
	f.Fuzz(func(t *testing.T, to, subject, text string) {
		address, err := oneAddress("to", to)
		if err != nil {
			return
		}
		content, err := compose(from, address, Message{Subject: subject, Text: text}, time.Unix(0, 0))
		if err != nil {
			return
		}
		parsed, err := mail.ReadMessage(bytes.NewReader(content))
		if err != nil || len(parsed.Header) != 9 {
			t.Fatalf("to %q, subject %q: %q, %v", to, subject, content, err)
		}
		list, err := parsed.Header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Address != address.Address {
			t.Errorf("%q goes to %v, %v: %q", to, list, err, parsed.Header.Get("To"))
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); utf8.ValidString(subject) && subject == strings.TrimSpace(subject) && !strings.Contains(subject, "=?") && (err != nil || got != subject) {
			t.Errorf("the subject %q reads %q, %v", subject, got, err)
		}
		if got, err := io.ReadAll(quotedprintable.NewReader(parsed.Body)); err != nil || lineEnds.Replace(string(got)) != lineEnds.Replace(text) {
			t.Errorf("the text %q reads %q, %v", text, got, err)
		}
		if content, err = compose(from, address, Message{Subject: subject, Text: text, HTML: "<p>" + text}, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if got := bothParts(t, content); lineEnds.Replace(got[0]) != lineEnds.Replace(text) || lineEnds.Replace(got[1]) != lineEnds.Replace("<p>"+text) {
			t.Errorf("the text %q reads %q", text, got)
		}
	})
}

// bothParts are the text and the HTML of a mail that has both.
func bothParts(t *testing.T, content []byte) (parts [2]string) {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil || len(parsed.Header) != 8 {
		t.Fatalf("%q, %v", content, err)
	}
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(parsed.Body, params["boundary"])
	for i, want := range []string{plain, "text/html; charset=utf-8"} {
		part, err := reader.NextPart() // which decodes quoted-printable
		if err != nil || part.Header.Get("Content-Type") != want {
			t.Fatalf("part %d of %q: %v", i, content, err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = string(text)
	}
	if _, err := reader.NextPart(); !errors.Is(err, io.EOF) {
		t.Fatalf("there is more than two parts in %q", content)
	}
	return parts
}
