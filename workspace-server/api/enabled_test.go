package api_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// refuses makes sure that something is refused as the protocol refuses it.
func (b *bundle) refuses(got answer, status int, id string) {
	b.t.Helper()
	if got.status != status || got.error().ID != id {
		b.t.Errorf("%d %s, want %d %s", got.status, got.body, status, id)
	}
}

func TestWhatIsSwitchedOffIsRefused(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json", `{"text":"I heard"}`)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	outgoing := wire.OutgoingWebhook{TeamID: b.team.ID, DisplayName: "Echo", ChannelID: b.public.ID, CallbackURLs: []string{p.url}}
	b.newOutgoing(b.admin, outgoing)
	b.newCommand(b.admin, wire.Command{Trigger: "build", URL: p.url, AutoComplete: true})
	bot := b.newBot(b.admin, "robot")
	suggested := func() bool {
		return strings.Contains(string(b.must(b.admin, http.MethodGet, "/teams/"+b.team.ID.String()+"/commands/autocomplete", nil)), "build")
	}
	if !suggested() {
		t.Error("a command is not suggested")
	}
	for _, name := range []string{"EnableIncomingWebhooks", "EnableOutgoingWebhooks", "EnableCommands", "EnableBotAccountCreation", "EnableCustomEmoji", "EnableUserAccessTokens"} {
		b.mustDecide("ServiceSettings."+name, false)
	}
	b.mustDecide("TeamSettings.EnableCustomUserStatuses", false)
	b.refuses(b.call(b.admin, http.MethodPost, "/hooks/incoming", wire.IncomingWebhook{ChannelID: b.public.ID}), http.StatusNotImplemented, "api.incoming_webhook.disabled.app_error")
	b.refuses(b.tell(hook.ID, "application/json", `{"text":"hello"}`), http.StatusNotImplemented, "api.incoming_webhook.disabled.app_error")
	b.refuses(b.call(b.admin, http.MethodPost, "/hooks/outgoing", outgoing), http.StatusNotImplemented, "api.outgoing_webhook.disabled.app_error")
	b.refuses(b.call(b.admin, http.MethodPost, "/commands", wire.Command{TeamID: b.team.ID, Trigger: "x", URL: p.url, Method: "P"}), http.StatusNotImplemented, "api.command.disabled.app_error")
	b.refuses(b.call(b.admin, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/build"}), http.StatusNotImplemented, "api.command.disabled.app_error")
	b.refuses(b.call(b.admin, http.MethodPost, "/bots", wire.Bot{Username: "other"}), http.StatusForbidden, "api.bot.create_disabled")
	b.refuses(b.call(b.admin, http.MethodPost, "/emoji", nil), http.StatusNotImplemented, "api.emoji.disabled.app_error")
	b.refuses(b.call(b.member, http.MethodPut, b.user(b.member)+"/status/custom", map[string]string{"emoji": "wave", "text": "hi"}), http.StatusNotImplemented, "api.custom_status.disabled")
	b.refuses(b.call(b.admin, http.MethodPost, b.user(b.member)+"/tokens", map[string]string{"description": "x"}), http.StatusNotImplemented, "app.user_access_token.disabled")
	if !b.works(b.newToken(b.admin, person{id: bot.UserID})) {
		t.Error("a bot has no token")
	}
	if suggested() {
		t.Error("a command is suggested")
	}
	b.must(b.admin, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/shrug"})
	b.say(b.member, b.public.ID, "nobody hears this")
	b.mustDecide("ServiceSettings.EnableOutgoingWebhooks", true)
	said := b.say(b.member, b.public.ID, "but this")
	if got := p.next(t); !strings.Contains(string(got.body), said.ID.String()) {
		t.Errorf("the program hears %s", got.body)
	}
}

func TestWhoCameByAnAccessTokenOrAsAGuestIsOutOnceThatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	token := b.newToken(b.admin, beside)
	if !b.works(token) {
		t.Fatal("the token doesn't work")
	}
	sockets := []*listener{b.dial(guest), b.dial(person{token: token.Token})}
	b.mustDecide("ServiceSettings.EnableUserAccessTokens", false)
	b.mustDecide("GuestAccountsSettings.Enable", false)
	for i, l := range sockets {
		_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		for {
			if _, _, err := l.conn.ReadMessage(); err != nil {
				if strings.Contains(err.Error(), "timeout") {
					t.Errorf("socket %d goes on", i)
				}
				break
			}
		}
	}
	if b.works(token) || b.call(guest, http.MethodGet, "/users/me", nil).status != http.StatusUnauthorized {
		t.Error("they are in")
	}
	b.refuses(b.call(b.admin, http.MethodPost, b.user(beside)+"/demote", nil), http.StatusNotImplemented, "api.team.invite_guests_to_channels.disabled.error")
	if told := must[map[string]string](b, b.member, http.MethodGet, "/config/client", nil); told["EnableGuestAccounts"] != "false" || told["EnableUserAccessTokens"] != "false" {
		t.Errorf("clients are told %v", told)
	}
	b.mustDecide("ServiceSettings.EnableUserAccessTokens", true)
	if !b.works(token) {
		t.Error("switched on again, the token doesn't work")
	}
}

func TestWhoSignsUpIsKeptToTheDomainsAndToWhetherAnybodyMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide("TeamSettings.EnableOpenServer", true)
	b.mustDecide("TeamSettings.RestrictCreationToDomains", "Timber.example, other.example")
	sign := func(as person, name, domain string) answer {
		return b.call(as, http.MethodPost, "/users", map[string]string{"username": name, "email": name + "@" + domain, "password": "a-good-password"})
	}
	b.refuses(sign(person{}, "dan", "example.com"), http.StatusBadRequest, "api.user.create_user.accepted_domain.app_error")
	b.refuses(sign(person{}, "dan", "x.timber.example"), http.StatusBadRequest, "api.user.create_user.accepted_domain.app_error")
	for name, got := range map[string]answer{"dan": sign(person{}, "dan", "TIMBER.example"), "eve": sign(b.admin, "eve", "example.com")} {
		if got.status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	b.mustDecide("TeamSettings.EnableUserCreation", false)
	b.refuses(sign(person{}, "fay", "timber.example"), http.StatusNotImplemented, "api.user.create_user.signup_email_disabled.app_error")
	b.mustDecide("PasswordSettings.MinimumLength", 20)
	b.refuses(sign(b.admin, "gus", "timber.example"), http.StatusBadRequest, "model.user.is_valid.pwd_min_length.app_error")
}

func TestWhatIsDecidedHoldsAtOnce(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	old := s.say(s.member, s.public.ID, "old")
	if _, err := s.db().Exec(t.Context(), "update posts set create_at = create_at - 60000 where id = $1", old.ID); err != nil {
		t.Fatal(err)
	}
	edit := func(p wire.Post, message string) answer {
		return s.call(s.member, http.MethodPut, "/posts/"+p.ID.String()+"/patch", map[string]string{"message": message})
	}
	s.mustDecide("ServiceSettings.PostEditTimeLimit", 30)
	s.refuses(edit(old, "new"), http.StatusBadRequest, "api.post.update_post.permissions_time_limit.app_error")
	if got := edit(s.say(s.member, s.public.ID, "young"), "new"); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.mustDecide("ServiceSettings.PostEditTimeLimit", -1)
	if got := edit(old, "new"); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	upload := func() int {
		return s.call(s.member, http.MethodPost, "/files?filename=x.txt&channel_id="+s.public.ID.String(), make([]byte, 2000)).status
	}
	for limit, want := range map[int]int{1999: http.StatusRequestEntityTooLarge, 2000: http.StatusCreated} {
		if s.mustDecide("FileSettings.MaxFileSize", limit); upload() != want {
			t.Errorf("of %d bytes 2000 are taken otherwise than by %d", limit, want)
		}
	}
	s.mustDecide("ServiceSettings.SessionLengthWebInHours", 5)
	if left := time.Until(time.UnixMilli(s.opened())); left < 4*time.Hour || left > 5*time.Hour {
		t.Errorf("a session lasts %s", left)
	}
	socket := s.dial(s.admin)
	s.dial(s.member) // who is not connected is not seen to type
	typing := func() {
		s.must(s.member, http.MethodPost, s.user(s.member)+"/typing", map[string]any{"channel_id": s.public.ID})
	}
	s.mustDecide("ServiceSettings.EnableUserTypingMessages", false)
	socket.never = []realtime.Name{realtime.Typing}
	typing()
	s.say(s.member, s.public.ID, "after that")
	socket.next(realtime.Posted)
	socket.never = nil
	s.mustDecide("ServiceSettings.EnableUserTypingMessages", true)
	typing()
	socket.next(realtime.Typing)
}

// opened opens a session and answers when it ends.
func (s *shelf) opened() int64 {
	s.t.Helper()
	s.signIn(s.outside.id)
	list := must[[]wire.Session](s.bundle, s.outside, http.MethodGet, s.user(s.outside)+"/sessions", nil)
	last := int64(0)
	for _, one := range list {
		last = max(last, one.ExpiresAt)
	}
	return last
}

func TestLinksAreShownAsIsDecided(t *testing.T) {
	t.Parallel()
	b := previewing(t, func(s *config.Settings) { s.SiteURL = &url.URL{Scheme: "https", Host: "team.example"} })
	s := b.elsewhere(nil)
	for i, name := range []string{"EnableLinkPreviews", "EnablePermalinkPreviews"} {
		link := s.url
		if i == 1 {
			link = "https://team.example/builders/pl/" + b.say(b.member, b.public.ID, "linked").ID.String()
		}
		for _, on := range []bool{false, true} {
			b.mustDecide("ServiceSettings."+name, on)
			if p := b.say(b.member, b.public.ID, link); len(p.Metadata.Embeds) > 0 != on {
				t.Errorf("%s %s: %v", name, strconv.FormatBool(on), p.Metadata.Embeds)
			}
		}
	}
}
