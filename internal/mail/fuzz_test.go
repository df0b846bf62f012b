package mail

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzMessage: whatever people typed, a mail has the headers that we write, each once, goes to one address, and its subject and text read as
// they were written.
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
	})
}
