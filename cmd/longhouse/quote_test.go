package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// hostile clears the screen in both ways of saying so, forges a line, turns the writing round, and is no text at the end.
const hostile = "ok\x1b[2J \u009b2J\rx \u202eevil\x00\x7f \U000e0041 \xff"

func TestNothingThatIsPrintedReachesTheTerminalAsACommand(t *testing.T) {
	t.Parallel()
	const harmless = "Zoë 家 🏡 \u200d می\u200cخواهم\n"
	for text, want := range map[string]string{
		hostile:  "ok\\u001b[2J \\u009b2J\\u000dx \\u202eevil\\u0000\\u007f \\udb40\\udc41 \\ufffd",
		harmless: harmless,
	} {
		var b bytes.Buffer
		q := &quoting{to: &b}
		for i := range len(text) {
			if n, err := q.Write([]byte{text[i]}); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
		if b.String() != want {
			t.Errorf("%q became %q, want %q", text, b.String(), want)
		}
	}
}

// TestAReceiversAnswerIsShownAsText has a receiver that answers with what a terminal would obey.
func TestAReceiversAnswerIsShownAsText(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var made client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://localhost:1/in", "--json").into(t, &made)
	s.deliver()
	s.want(exitRefused, "webhooks", "test", made.Webhook.ID)
	const sent = "\x1b[2J\u009b\nforged  line"
	_, err := s.pool.Exec(t.Context(), "update webhook_attempts set answer = $1, message = $1", sent)
	s.must(err)
	var list []client.Delivery
	r := s.want(exitDone, "webhooks", "deliveries", made.Webhook.ID, "--json")
	if r.into(t, &list); strings.ContainsAny(r.out, "\x1b\u009b") || *list[0].LastAttempt.Message != sent {
		t.Errorf("%q", r.out)
	}
	r = s.want(exitDone, "webhooks", "deliveries", made.Webhook.ID, list[0].ID)
	if strings.ContainsAny(r.out, "\x1b\u009b") || strings.Contains(r.out, "\nforged") || !strings.Contains(r.out, `\u001b[2J\u009b\nforged`) {
		t.Errorf("%q", r.out)
	}
}

func TestAnErrorIsOneLineOfText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	report(&quoting{to: &b}, fail(exitRefused, "x", "a\x1b[2J\nb"), false)
	if b.String() != "longhouse: a\\u001b[2J\\nb\n" {
		t.Errorf("%q", b.String())
	}
	b.Reset()
	report(&quoting{to: &b}, fail(exitRefused, "x", "a\u009b"), true)
	var p client.Problem
	if err := json.Unmarshal(b.Bytes(), &p); err != nil || strings.Contains(b.String(), "\u009b") || p.Detail != "a\u009b" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestAFileGetsAnExportByteForByte(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if _, err := asItIs(&quoting{to: &b}).Write([]byte("\x1b")); err != nil || b.String() != "\x1b" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
