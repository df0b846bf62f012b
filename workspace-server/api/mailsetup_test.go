package api_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/testmail"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
)

const site = "https://team.example.com"

// postal is a workspace that sends mail, with the mailboxes of everybody and a clock of its own.
type postal struct {
	*bundle
	caught *testmail.Catcher
	ahead  time.Duration
}

func (p *postal) now() time.Time { return time.Now().Add(p.ahead) }

func setupMail(t *testing.T) *postal {
	t.Helper()
	p := &postal{bundle: setup(t), caught: testmail.Catch(t)}
	address, _ := url.Parse(site)
	*p.api.Mail = *mail.NewOutbox(p.api.DB, p.now, config.NewBook(nil, nil, nil, config.Settings{SiteName: "The Shed", SiteURL: address,
		Mail: config.Mail{Server: p.caught.SMTP, Address: "no-reply@example.com"}}, config.Identity{}))
	p.api.Users.Now, p.api.Teams.Now, p.api.Sessions.Now = p.now, p.now, p.now
	p.api.Config.Settings().Mail = config.Mail{Server: p.caught.SMTP, Invitations: true}
	return p
}

// deliver sends what is in the outbox.
func (p *postal) deliver() {
	p.t.Helper()
	if _, err := p.api.Mail.SendDue(p.t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		p.t.Fatal(err)
	}
}

// mails is what came to somebody so far, the newest first.
func (p *postal) mails(to string) []testmail.Mail {
	p.t.Helper()
	p.deliver()
	return p.caught.Inbox(to)
}

var linked = regexp.MustCompile(regexp.QuoteMeta(site) + `(/\S*)`)

// link is that of a mail.
func (p *postal) link(m testmail.Mail) *url.URL {
	p.t.Helper()
	for _, found := range linked.FindAllString(m.Text, -1) {
		if u, err := url.Parse(found); err == nil && u.RawQuery != "" {
			return u
		}
	}
	p.t.Fatalf("there is no link in %+v", m)
	return nil
}

// mailed is the token of the newest mail to somebody, of which there are so many.
func (p *postal) mailed(to string, n int) string {
	p.t.Helper()
	got := p.mails(to)
	if len(got) != n {
		p.t.Fatalf("%d mails came to %s, want %d: %+v", len(got), to, n, got)
	}
	query := p.link(got[0]).Query()
	return query.Get("token") + query.Get("t")
}

func (p *postal) ask(path string, body map[string]string) answer {
	p.t.Helper()
	return p.call(person{}, http.MethodPost, path, body)
}
