package api_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestItWakesForLetters(t *testing.T) {
	t.Parallel()
	l := setupLetters(t)
	l.wakesAt("with nobody to be told", 0)
	l.say(l.admin, l.public.ID, "@ben")
	l.wakesIn("with nobody knowing yet who is told", 0)
	l.weigh()
	l.wakesIn("with a letter that waits for more", 15*time.Minute)
	l.every(l.member, "30")
	l.say(l.admin, l.public.ID, "@ben, again")
	l.weigh()
	l.wakesIn("with less that it waits for", 30*time.Second)
	l.ahead = time.Hour
	if _, err := l.api.Notify.WriteLetters(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wakesIn("with them written and not sent", 0)
	if got := l.after(0, ben); len(got) != 1 {
		t.Fatalf("told: %+v", got)
	}
	l.wakesAt("with them sent", 0)
	l.say(l.admin, l.public.ID, "@ben")
	l.weigh()
	if _, err := l.db().Exec(t.Context(), "delete from letters_owed"); err != nil { // as with its reader
		t.Fatal(err)
	}
	l.wakesAt("with one taken back", 0)
}

func TestItWakesForPushes(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.wakesAt("with nobody to be told", 0)
	p.say(p.admin, p.public.ID, "@ben")
	p.wakesIn("with nobody knowing yet who is told", 0)
	p.weigh()
	p.wakesIn("with a push to be sent", 0)
	p.proxy.answer(nil, true)
	p.pushes()
	p.wakesIn("with one to be tried again in seconds, as if it were under way", 0)
	p.ahead = 10 * time.Minute
	p.pushes()
	p.wakesIn("with one to be tried again", p.ahead+10*time.Second)
	p.proxy.answer(nil, false)
	p.ahead = 20 * time.Minute
	if got := p.pushes(); len(got) != 1 {
		t.Fatalf("told: %+v", got)
	}
	p.wakesAt("with it sent", 0)
	p.say(p.admin, p.public.ID, "@ben")
	p.weigh()
	p.must(p.member, http.MethodPost, "/users/logout", nil)
	p.wakesAt("with the phone signed out", 0)
}

func TestItWakesForMail(t *testing.T) {
	t.Parallel()
	p := setupMail(t)
	forgot := func() { p.ask("/users/password/reset/send", map[string]string{"email": ben}) }
	p.wakesAt("with no mail", 0)
	forgot()
	p.wakesIn("with a mail to be sent", 0)
	p.deliver()
	p.wakesAt("with it sent", 0)
	p.ahead = time.Hour // so soon nobody is mailed again
	forgot()
	p.wakesIn("with another", time.Hour)
	if _, err := p.db().Exec(t.Context(), "delete from outbox"); err != nil {
		t.Fatal(err)
	}
	p.wakesAt("with it gone", 0)
}

func TestItWakesForOutgoingWebhooks(t *testing.T) {
	t.Parallel()
	o := setupOwing(t)
	down := o.programThat(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	hook := o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{down.url}})
	o.wakesAt("with nobody to be told", 0)
	o.say(o.member, o.public.ID, "one")
	o.wakesIn("with a program to be told", 0)
	end := o.delivers()
	down.next(t)
	o.putOff(1)
	end()
	o.wakesIn("with one to be tried again in seconds, as if it were under way", 0)
	if _, err := o.conn.Exec(t.Context(), "update hook_deliveries set due_at = due_at + 600000"); err != nil {
		t.Fatal(err)
	}
	o.wakesIn("with one to be tried again", 10*time.Minute)
	o.must(o.admin, http.MethodDelete, "/hooks/outgoing/"+hook.ID.String(), nil)
	o.wakesAt("with the hook gone", 0)
	up := o.program("", "")
	o.newOutgoing(o.admin, wire.OutgoingWebhook{ChannelID: o.public.ID, CallbackURLs: []string{up.url}})
	o.say(o.member, o.public.ID, "two")
	o.delivers()
	o.settled()
	o.wakesAt("with it told", 0)
}

// What is left of times in which there were a mail server and a push proxy would keep it running, and nobody would do it.
func TestItDoesNotWakeForWhatNobodyDoes(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full, func(s *config.Settings) {
		s.Mail = config.Mail{Server: "127.0.0.1:9", Address: "no-reply@example.com", Notifications: true}
		s.SiteURL, _ = url.Parse(site)
	})
	for range 2 {
		p.say(p.admin, p.public.ID, "@ben")
		p.api.Mail.Ring()
	}
	if _, err := p.api.Notify.Weigh(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.must(person{}, http.MethodPost, "/users/password/reset/send", map[string]string{"email": ben})
	p.say(p.admin, p.public.ID, "@ben, again")
	for _, table := range []string{"pushes", "letters_owed", "outbox", "notifications"} {
		var some bool
		if err := p.db().QueryRow(t.Context(), "select exists (select from "+table+")").Scan(&some); err != nil || !some {
			t.Fatalf("there are no %s (%v)", table, err)
		}
	}
	p.wakesIn("with both", 0)
	p.base.Mail, p.base.Push = config.Mail{}, config.Push{}
	p.beside().wakesAt("with neither", 0)
}

// The process ends while a push and a mail are under way. Both are still owed, and nobody stops the server before that.
func TestWhatIsUnderWayWhenItEndsIsStillOwed(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else it would not notice that nobody listens any more
		end()
		<-r.Context().Done()
	}))
	t.Cleanup(hangs.Close)
	p := setupPush(t, config.Full, func(s *config.Settings) { s.Push.Proxy, _ = url.Parse(hangs.URL) })
	p.say(p.admin, p.public.ID, "@ben")
	p.weigh()
	_, _ = p.api.Notify.SendPushes(ctx)
	p.wakesIn("with a push cut off", 0)

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	m := setupMail(t)
	m.api.Mail = mail.NewOutbox(m.api.DB, time.Now, config.NewBook(nil, nil, nil, config.Settings{Mail: config.Mail{Server: silent.Addr().String(), Address: "no-reply@example.com"}}, config.Identity{}))
	m.api.Due.Mail = m.api.Mail
	m.ask("/users/password/reset/send", map[string]string{"email": ben})
	ctx, end = context.WithCancel(t.Context())
	go func() {
		_, _ = silent.Accept()
		end()
	}()
	if _, err := m.api.Mail.SendDue(ctx, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a mail went to nobody")
	}
	m.wakesIn("with a mail cut off", 0)
}
