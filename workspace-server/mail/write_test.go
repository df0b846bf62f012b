package mail

import (
	"strings"
	"testing"
)

func TestWhatPeopleAreCalledIsTextInAMail(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const hostile = "<b>x</b>\r\nBcc: eve@example.com\r\n\r\nhttps://evil.example\u2028"
	l := o.Invite(Invited{To: "ann@example.com", Token: "t&\"><b>", Team: hostile + "1", TeamName: "builders", Inviter: hostile + "2", Message: hostile + "3\n.\n"})
	o.put(l)
	o.round()
	got := o.caught.Inbox("")
	if len(got) != 1 || len(got[0].To) != 1 || got[0].To[0] != "ann@example.com" || !strings.HasPrefix(got[0].Subject, "<b>x</b>  Bcc: eve@example.com") {
		t.Fatalf("sent: %+v", got)
	}
	for line := range strings.Lines(got[0].Text) {
		if strings.HasPrefix(line, "Bcc:") || strings.HasPrefix(line, "https://evil") || strings.HasPrefix(line, ".") {
			t.Errorf("a name begins the line %q", line)
		}
	}
	if page := o.html(l); strings.Contains(page, "<b>") || strings.Count(page, "<a href=\"https://team.example.com/signup_user_complete/?d=") != 2 || strings.Count(page, "<p>") != 4 {
		t.Errorf("the page is %s", page)
	}
}

func TestWhatPostsSayIsTextInALetter(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const hostile = "<b>x</b>\r\nBcc: eve@example.com\r\nhttps://evil.example\u2028"
	l := o.Notified("ann@example.com", []Said{{By: hostile, Where: hostile, Team: hostile, Text: hostile + strings.Repeat("ä", 2000), Path: "/builders/pl/a&\"b"}, {By: "@ben", Path: "/x"}}, true)
	text, page := o.text(l), o.html(l)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Bcc:") || strings.HasPrefix(line, "https://evil") || strings.HasPrefix(line, "<b>x</b>\n") {
			t.Errorf("a post begins the line %q", line)
		}
	}
	if strings.Contains(page, "<b>") || strings.Count(page, "<a href=\"https://team.example.com/") != 2 || !strings.Contains(page, "pl/a&amp;&#34;b") {
		t.Errorf("the page is %s", page)
	}
	if n := strings.Count(text, "ä"); n >= longestText || n < longestText/2 || !strings.Contains(text, "ä…\n") || !strings.Contains(text, "And more.") {
		t.Errorf("the text is %s", text)
	}
}
