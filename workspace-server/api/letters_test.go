package api_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/testmail"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// lettered is a workspace that tells people by mail what they missed.
type lettered struct {
	*bundle
	caught *testmail.Catcher
	ahead  time.Duration
}

func setupLetters(t *testing.T, change ...func(*config.Settings)) *lettered {
	t.Helper()
	l := &lettered{caught: testmail.Catch(t)}
	l.bundle = setupWith(t, func(s *config.Settings) {
		s.SiteName = "The Shed"
		s.SiteURL, _ = url.Parse(site)
		s.Mail = config.Mail{Server: l.caught.SMTP, Address: "no-reply@example.com", Notifications: true, Batched: true}
		for _, c := range change {
			c(s)
		}
	})
	l.api.Notify.Now = func() time.Time { return time.Now().Add(l.ahead) }
	return l
}

// after writes and sends what is due after some time more, and answers what somebody has had so far, the newest first.
func (l *lettered) after(more time.Duration, to string) []testmail.Mail {
	l.t.Helper()
	l.weigh()
	l.ahead += more
	if _, err := l.api.Notify.WriteLetters(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.api.Mail.SendDue(l.t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		l.t.Fatal(err)
	}
	return l.caught.Inbox(to)
}

func (l *lettered) every(who person, seconds string) {
	l.t.Helper()
	l.must(who, http.MethodPut, "/users/me/preferences", []wire.Preference{{UserID: who.id, Category: "notifications", Name: "email_interval", Value: seconds}})
}

const ben = "ben@example.com"

func TestWhoIsNotThereIsTold(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	full := must[map[string]string](l.bundle, l.member, http.MethodGet, "/config/client?format=old", nil)
	if full["SendEmailNotifications"] != "true" || full["EnableEmailBatching"] != "true" || full["SendPushNotifications"] != "false" {
		t.Errorf("clients are told %v", full)
	}
	first := l.say(l.admin, l.public.ID, "the <b>roof</b>, @ben\nhttps://evil.example")
	l.say(l.admin, l.public.ID, "nobody")
	l.say(l.admin, l.direct(l.admin, l.member), "come down")
	if got := l.after(14*time.Minute, ben); len(got) != 0 {
		t.Fatalf("before the quarter of an hour was over: %+v", got)
	}
	got := l.after(2*time.Minute, ben)
	if len(got) != 1 || got[0].Subject != "2 messages at The Shed" {
		t.Fatalf("told: %+v", got)
	}
	text := strings.ReplaceAll(got[0].Text, "\r\n", "\n")
	for _, part := range []string{"@ada in Timber (Builders):\n> the <b>roof</b>, @ben\n> https://evil.example\n" + site + "/builders/pl/" + first.ID.String() + "\n",
		"@ada:\n> come down\n" + site + "/_redirect/pl/"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	if strings.Contains(text, "nobody") {
		t.Errorf("it tells\n%s", text)
	}
	if again := l.after(2*time.Hour, ben); len(again) != 1 {
		t.Errorf("told again: %+v", again)
	}
	if len(l.caught.Inbox("ada@example.com")) != 0 {
		t.Error("the author was told")
	}
}

func TestALetterComesAsOftenAsItsReaderWants(t *testing.T) {
	t.Parallel()
	for seconds, due := range map[string]time.Duration{"30": 30 * time.Second, "900": 15 * time.Minute, "3600": time.Hour, "": 15 * time.Minute, "0": 0} {
		t.Run(seconds, func(t *testing.T) {
			t.Parallel()
			l := setupLetters(t)
			if seconds != "" {
				l.every(l.member, seconds)
			}
			l.say(l.admin, l.public.ID, "@ben")
			if due == 0 {
				if got := l.after(24*time.Hour, ben); len(got) != 0 {
					t.Errorf("who wants none got %+v", got)
				}
				return
			}
			if got := l.after(due-5*time.Second, ben); len(got) != 0 {
				t.Errorf("too early: %+v", got)
			}
			if got := l.after(10*time.Second, ben); len(got) != 1 || got[0].Subject != "@ada in Timber (Builders) at The Shed" {
				t.Errorf("told: %+v", got)
			}
		})
	}
}

func TestALetterLeavesOutWhatItsReaderKnows(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	l.say(l.admin, l.public.ID, "@ben, one")
	l.say(l.admin, l.direct(l.admin, l.member), "two")
	gone := l.say(l.admin, l.direct(l.admin, l.member), "three")
	l.weigh()
	l.must(l.admin, http.MethodDelete, "/posts/"+gone.ID.String(), nil)
	l.must(l.member, http.MethodPost, "/channels/members/me/mark_read", []id.ID{l.public.ID}) // as another program of theirs may
	got := l.after(time.Hour, ben)
	if len(got) != 1 || strings.Contains(got[0].Text, "one") || !strings.Contains(got[0].Text, "two") || strings.Contains(got[0].Text, "three") {
		t.Fatalf("told: %+v", got)
	}
	l.say(l.admin, l.public.ID, "@ben, four")
	l.weigh()
	l.say(l.member, l.direct(l.admin, l.member), "I am here")
	if got := l.after(time.Hour, ben); len(got) != 1 {
		t.Errorf("who was here since was told: %+v", got)
	}
}

// They were here in the middle, and have missed more than a letter holds before.
func TestALetterTellsWhatCameAfterItsReaderLeft(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	for n := range 60 {
		l.say(l.admin, l.public.ID, fmt.Sprintf("@ben, %d", n))
	}
	l.weigh()
	l.say(l.member, l.direct(l.admin, l.member), "I am here")
	last := l.say(l.admin, l.public.ID, "@ben, the last")
	l.api.Hub.Recall(wire.Status{UserID: l.member.id, Status: "away", LastActivityAt: last.CreateAt - 1})
	if got := l.after(time.Hour, ben); len(got) != 1 || !strings.Contains(got[0].Text, "the last") || strings.Contains(got[0].Text, "@ben, 59") {
		t.Errorf("told: %+v", got)
	}
}

func TestALetterGoesToNobodyWhoIsHereOrDidNotConfirm(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	l.must(l.member, http.MethodPost, "/channels/members/me/view", map[string]string{"channel_id": ""})
	l.say(l.admin, l.public.ID, "@ben")
	if got := l.after(time.Hour, ben); len(got) != 0 {
		t.Errorf("who is here was told: %+v", got)
	}
	confirmed := setupLetters(t, func(s *config.Settings) { s.Mail.Confirmed = true })
	if _, err := confirmed.db().Exec(t.Context(), "update users set email_verified = false where id = $1", confirmed.member.id); err != nil {
		t.Fatal(err)
	}
	confirmed.say(confirmed.admin, confirmed.public.ID, "@ben")
	if got := confirmed.after(time.Hour, ben); len(got) != 0 {
		t.Errorf("whose address nobody knows to be theirs was told: %+v", got)
	}
}

func TestALetterGoesToNoAddressThatCameMeanwhile(t *testing.T) {
	t.Parallel()
	l := setupLetters(t, func(s *config.Settings) { s.Mail.Confirmed = true })
	l.say(l.admin, l.public.ID, "@ben")
	l.weigh()
	if _, err := l.db().Exec(t.Context(), "update users set email = 'strange@example.com', email_verified = false where id = $1", l.member.id); err != nil {
		t.Fatal(err)
	}
	if got := l.after(time.Hour, "strange@example.com"); len(got) != 0 {
		t.Errorf("told: %+v", got)
	}
}

func TestALetterSaysNoMoreThanTheSettingsAllow(t *testing.T) {
	t.Parallel()
	l := setupLetters(t, func(s *config.Settings) { s.Mail.Textless = true })
	l.say(l.admin, l.public.ID, "@ben, the safe")
	got := l.after(time.Hour, ben)
	if len(got) != 1 || strings.Contains(got[0].Text, "safe") || strings.Contains(got[0].Text, "Timber") || !strings.Contains(got[0].Text, "@ada (Builders)") {
		t.Errorf("told: %+v", got)
	}
	none := setupLetters(t, func(s *config.Settings) { s.Mail.Notifications = false })
	none.say(none.admin, none.public.ID, "@ben")
	if got := none.after(time.Hour, ben); len(got) != 0 {
		t.Errorf("where none are sent: %+v", got)
	}
}

func TestInstancesSideBySideWriteALetterOnce(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	for range 12 {
		l.say(l.admin, l.public.ID, "@ben")
	}
	l.beside().weigh() // as if the first had ended before it decided
	var at sync.WaitGroup
	for range 3 {
		b := l.beside()
		b.api.Notify.Now = func() time.Time { return time.Now().Add(time.Hour) }
		at.Go(func() {
			if _, err := b.api.Notify.WriteLetters(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	at.Wait()
	if got := l.after(time.Hour, ben); len(got) != 1 || got[0].Subject != "12 messages at The Shed" {
		t.Errorf("told: %+v", got)
	}
}
