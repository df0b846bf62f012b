package mail

import (
	"bytes"
	"context"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/testmail"
)

func TestMessageArrivesAsWritten(t *testing.T) {
	t.Parallel()
	at := testmail.Catch(t)
	s := Sender{Addr: at.SMTP, From: "Longhouse <no-reply@longhouse.localhost>"}
	text := "Grüß Gott,\n.\n" + strings.Repeat("long ", 300) + "\nhttps://x.example/confirm?t=a=b\n"
	if err := s.Send(t.Context(), Message{To: "Ann <ann@example.com>", Subject: "Bestätigen", Text: text}); err != nil {
		t.Fatal(err)
	}
	got := at.Inbox("")
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	if m := got[0]; m.Subject != "Bestätigen" || m.From != "no-reply@longhouse.localhost" || m.To[0] != "ann@example.com" ||
		strings.ReplaceAll(strings.TrimSpace(m.Text), "\r\n", "\n") != strings.TrimSpace(text) {
		t.Errorf("arrived: %+v", m)
	}
}

func TestSubjectsArriveAsTyped(t *testing.T) {
	t.Parallel()
	at := testmail.Catch(t)
	s := Sender{Addr: at.SMTP, From: "no-reply@longhouse.localhost"}
	for _, subject := range []string{"=?utf-8?q?Your=0Abank?= invites you", strings.Repeat("🏚 Längst", 40), strings.Repeat("ä", 22) + "a", "a\xff"} {
		if err := s.Send(t.Context(), Message{To: "ann@example.com", Subject: subject, Text: "x"}); err != nil {
			t.Fatal(err)
		}
		if got := at.Inbox(""); len(got) == 0 || got[0].Subject != strings.ToValidUTF8(subject, "\ufffd") {
			t.Errorf("%q arrived as %+v", subject, got)
		}
		from := &mail.Address{Address: "no-reply@longhouse.localhost"}
		content, err := compose(from, from, Message{Subject: subject, Text: "x"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			if len(line) > 998 {
				t.Errorf("a line of %d bytes: %s", len(line), line)
			}
		}
	}
}

func TestProgramsThatShowNoHTMLShowTheText(t *testing.T) {
	t.Parallel()
	at := testmail.Catch(t)
	s := Sender{Addr: at.SMTP, From: "no-reply@longhouse.localhost"}
	if err := s.Send(t.Context(), Message{To: "ann@example.com", Subject: "x", Text: "--plain\n", HTML: "<p>rich</p>"}); err != nil {
		t.Fatal(err)
	}
	if got := at.Inbox(""); len(got) != 1 || strings.TrimSpace(got[0].Text) != "--plain" {
		t.Errorf("arrived: %+v", got)
	}
}

func TestConnectionsAreOpenedByWhoIsToldTo(t *testing.T) {
	t.Parallel()
	at := testmail.Catch(t)
	s := Sender{Addr: "mail.invalid:25", From: "no-reply@longhouse.localhost", Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" || address != "mail.invalid:25" {
			t.Errorf("asked for %s %s", network, address)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", at.SMTP)
	}}
	if err := s.Send(t.Context(), Message{To: "ann@example.com", Subject: "x", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if got := at.Inbox(""); len(got) != 1 {
		t.Errorf("arrived: %+v", got)
	}
}

func TestNothingTypedBecomesAHeaderOrARecipient(t *testing.T) {
	t.Parallel()
	at := testmail.Catch(t)
	s := Sender{Addr: at.SMTP, From: "no-reply@longhouse.localhost"}
	for name, m := range map[string]Message{
		"header in the subject":    {To: "a@example.com", Subject: "x\r\nBcc: eve@example.com", Text: "x"},
		"line feed alone":          {To: "a@example.com", Subject: "x\nBcc: eve@example.com", Text: "x"},
		"header in the recipient":  {To: "a@example.com\r\nBcc: eve@example.com", Subject: "x", Text: "x"},
		"command in the recipient": {To: "a@example.com>\r\nRCPT TO:<eve@example.com", Subject: "x", Text: "x"},
		"two recipients":           {To: "a@example.com, eve@example.com", Subject: "x", Text: "x"},
		"no recipient":             {To: "", Subject: "x", Text: "x"},
	} {
		if err := s.Send(t.Context(), m); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
	if got := at.Inbox(""); len(got) != 0 {
		t.Errorf("arrived: %+v", got)
	}
	if err := s.Send(t.Context(), Message{To: "a@example.com", Subject: "x", Text: "x\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"}); err != nil {
		t.Fatal(err)
	}
	if got := at.Inbox(""); len(got) != 1 || !strings.Contains(got[0].Text, "MAIL FROM") {
		t.Errorf("arrived: %+v", got)
	}
}

func TestSendGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = Sender{Addr: silent.Addr().String(), From: "a@example.com"}.Send(ctx, Message{To: "b@example.com", Subject: "x", Text: "x"})
	if err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("got %v", err)
	}
}
