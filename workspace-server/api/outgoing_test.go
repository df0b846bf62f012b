package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// program is an integration on this machine: it notes how it is called, and answers what it is told to.
type program struct {
	url   string
	calls chan called
}

// called is one call.
type called struct {
	method, kind, authorization string
	query                       url.Values
	body                        []byte
}

func (b *bundle) program(kind, answer string) *program {
	b.t.Helper()
	return b.programThat(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, answer)
	})
}

// programThat is one that does something else; what it was called by is noted before.
func (b *bundle) programThat(does http.HandlerFunc) *program {
	b.t.Helper()
	p := &program{calls: make(chan called, 100)}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.calls <- called{r.Method, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.URL.Query(), body}
		does(w, r)
	}))
	b.t.Cleanup(web.Close)
	p.url = web.URL
	return p
}

func (p *program) next(t *testing.T) called {
	t.Helper()
	select {
	case c := <-p.calls:
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("the program is not called")
		return called{}
	}
}

// integrated is a workspace whose operator lets it call programs on this machine.
func integrated(t *testing.T) *bundle {
	t.Helper()
	b := integrable(t)
	b.delivers()
	return b
}

func (b *bundle) newOutgoing(as person, in wire.OutgoingWebhook) wire.OutgoingWebhook {
	b.t.Helper()
	in.TeamID = b.team.ID
	return must[wire.OutgoingWebhook](b, as, http.MethodPost, "/hooks/outgoing", in)
}

func TestAnOutgoingHookIsToldWhatIsSaid(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json", `{"text":"<!channel> I heard","username":"Echo","icon_url":"https://example.com/e.png","response_type":"comment","attachments":[{"text":"<!here>"}]}`)
	hook := b.newOutgoing(b.admin, wire.OutgoingWebhook{DisplayName: "Echo", TriggerWords: []string{"echo", "say"}, CallbackURLs: []string{p.url + "/x?y=z"}})
	if hook.Token.IsZero() || hook.ID.IsZero() || hook.CreatorID != b.admin.id || !slices.Equal(hook.TriggerWords, []string{"echo", "say"}) {
		t.Fatalf("made %+v", hook)
	}
	b.say(b.member, b.public.ID, "nothing to say")
	said := b.say(b.member, b.public.ID, "say\nit & more")
	got := p.next(t)
	form, err := url.ParseQuery(string(got.body))
	if err != nil || got.method != http.MethodPost || got.kind != "application/x-www-form-urlencoded" || got.query.Get("y") != "z" {
		t.Fatalf("called by %+v (%v)", got, err)
	}
	for name, want := range map[string]string{"token": hook.Token.String(), "team_id": b.team.ID.String(), "team_domain": "builders", "channel_id": b.public.ID.String(), "channel_name": "timber",
		"user_id": b.member.id.String(), "user_name": "ben", "post_id": said.ID.String(), "text": "say\nit & more", "trigger_word": "say", "file_ids": ""} {
		if form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, form.Get(name), want)
		}
	}
	if when := form.Get("timestamp"); len(when) != 10 {
		t.Errorf("the time is %q", when)
	}
	b.eventually("the answer is posted", func() bool { return b.last(b.public.ID, 1)[0].RootID == said.ID })
	post := b.last(b.public.ID, 1)[0]
	is := props(t, post)
	if post.Message != "@channel I heard" || post.UserID != b.admin.id || is["from_webhook"] != "true" || is["override_username"] != "Echo" || is["override_icon_url"] != "https://example.com/e.png" || is["attachments"] == nil {
		t.Errorf("posted %q with %v", post.Message, is)
	}
}

func TestAnOutgoingHookIsToldOfWhatItIsFor(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	other := must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "stone", DisplayName: "Stone", Type: "O"})
	all := b.program("application/json", "")
	of := map[string]wire.OutgoingWebhook{"exact": {TriggerWords: []string{"go"}}, "begins": {TriggerWords: []string{"go"}, TriggerWhen: 1}, "channel": {ChannelID: other.ID},
		"both": {ChannelID: other.ID, TriggerWords: []string{"go"}}}
	for name, in := range of {
		in.CallbackURLs, in.ContentType = []string{all.url + "/?hook=" + name}, "application/json"
		b.newOutgoing(b.admin, in)
	}
	incoming := b.newHook(b.admin, wire.IncomingWebhook{})
	b.tell(incoming.ID, "application/json", `{"text":"go on"}`)
	b.say(b.admin, b.private.ID, "go on")
	for _, c := range []struct {
		channel id.ID
		text    string
		want    []string
	}{{b.public.ID, "going on", []string{"begins"}}, {b.public.ID, "go on", []string{"begins", "exact"}}, {other.ID, "go", []string{"begins", "both", "channel", "exact"}}, {other.ID, "well, go", []string{"channel"}}} {
		said := b.say(b.admin, c.channel, c.text)
		var got []string
		for range c.want {
			call := all.next(t)
			var payload wire.OutgoingWebhookPayload
			if err := json.Unmarshal(call.body, &payload); err != nil || payload.PostID != said.ID || payload.Timestamp != said.CreateAt || payload.Text != c.text || call.kind != "application/json" {
				t.Errorf("told %s (%v)", call.body, err)
			}
			got = append(got, call.query.Get("hook"))
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%q tells %v, want %v", c.text, got, c.want)
		}
	}
	if len(all.calls) > 0 {
		t.Errorf("told besides of %s", (<-all.calls).body)
	}
}

func TestAnOutgoingHookEndsWithWhoMadeItAndWithItself(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	p := b.program("application/json", "")
	theirs := b.newOutgoing(b.member, wire.OutgoingWebhook{ChannelID: b.public.ID, CallbackURLs: []string{p.url + "/?of=theirs"}})
	ours := b.newOutgoing(b.admin, wire.OutgoingWebhook{ChannelID: b.public.ID, CallbackURLs: []string{p.url + "/?of=ours"}})
	renewed := must[wire.OutgoingWebhook](b, b.admin, http.MethodPost, "/hooks/outgoing/"+ours.ID.String()+"/regen_token", nil)
	if renewed.Token == ours.Token || renewed.Token.IsZero() {
		t.Errorf("the token is %s still", renewed.Token)
	}
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	b.say(b.admin, b.public.ID, "one")
	if got := p.next(t); got.query.Get("of") != "ours" || !strings.Contains(string(got.body), renewed.Token.String()) {
		t.Errorf("called by %+v", got)
	}
	b.must(b.admin, http.MethodDelete, "/hooks/outgoing/"+ours.ID.String(), nil)
	last := b.newOutgoing(b.admin, wire.OutgoingWebhook{ChannelID: b.public.ID, CallbackURLs: []string{p.url + "/?of=last"}})
	b.say(b.admin, b.public.ID, "two")
	if got := p.next(t).query.Get("of"); got != "last" {
		t.Errorf("%s is told", got)
	}
	if got := b.call(b.admin, http.MethodGet, "/hooks/outgoing/"+ours.ID.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("deleted, it answers %d", got)
	}
	list := must[[]wire.OutgoingWebhook](b, b.admin, http.MethodGet, "/hooks/outgoing?channel_id="+b.public.ID.String(), nil)
	if len(list) != 2 || !slices.ContainsFunc(list, func(h wire.OutgoingWebhook) bool { return h.ID == theirs.ID }) || !slices.ContainsFunc(list, func(h wire.OutgoingWebhook) bool { return h.ID == last.ID }) {
		t.Errorf("the channel's are %+v", list)
	}
}

func TestOutgoingHooksAreForTeamAdmins(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	hook := b.newOutgoing(b.admin, wire.OutgoingWebhook{ChannelID: b.public.ID, CallbackURLs: []string{"https://example.com"}})
	of := "/hooks/outgoing/" + hook.ID.String()
	for _, as := range []person{b.member, b.outside} {
		for _, c := range []struct{ method, path string }{{http.MethodPost, "/hooks/outgoing"}, {http.MethodGet, "/hooks/outgoing"}, {http.MethodGet, "/hooks/outgoing?team_id=" + b.team.ID.String()},
			{http.MethodGet, of}, {http.MethodPut, of}, {http.MethodDelete, of}, {http.MethodPost, of + "/regen_token"}} {
			if got := b.call(as, c.method, c.path, hook).status; got != http.StatusForbidden {
				t.Errorf("%s %s answers %d", c.method, c.path, got)
			}
		}
	}
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	hook.DisplayName, hook.TriggerWords, hook.ChannelID = "Other", []string{"x"}, id.ID{}
	if got := must[wire.OutgoingWebhook](b, b.member, http.MethodPut, of, hook); got.DisplayName != "Other" || got.CreatorID != b.admin.id || !got.ChannelID.IsZero() || got.Token != hook.Token {
		t.Errorf("changed, it is %+v", got)
	}
	if got := b.call(b.member, http.MethodPost, "/hooks/outgoing", wire.OutgoingWebhook{TeamID: b.team.ID, CreatorID: b.admin.id, ChannelID: b.public.ID, CallbackURLs: []string{"https://example.com"}}).status; got != http.StatusForbidden {
		t.Errorf("a hook in an admin's name is made with %d", got)
	}
	for name, c := range map[string]struct {
		in     wire.OutgoingWebhook
		status int
		says   string
	}{
		"no team":      {wire.OutgoingWebhook{}, 400, "api.context.invalid_body_param.app_error"},
		"for nothing":  {wire.OutgoingWebhook{TeamID: b.team.ID, CallbackURLs: []string{"https://x.y"}}, 400, "api.webhook.create_outgoing.triggers.app_error"},
		"private":      {wire.OutgoingWebhook{TeamID: b.team.ID, ChannelID: b.private.ID, CallbackURLs: []string{"https://x.y"}}, 403, "api.webhook.create_outgoing.not_open.app_error"},
		"to nobody":    {wire.OutgoingWebhook{TeamID: b.team.ID, ChannelID: b.public.ID}, 400, "model.outgoing_hook.is_valid.callback.app_error"},
		"to no URL":    {wire.OutgoingWebhook{TeamID: b.team.ID, ChannelID: b.public.ID, CallbackURLs: []string{"file:///x"}}, 400, "model.outgoing_hook.is_valid.url.app_error"},
		"empty word":   {wire.OutgoingWebhook{TeamID: b.team.ID, TriggerWords: []string{""}, CallbackURLs: []string{"https://x.y"}}, 400, "model.outgoing_hook.is_valid.trigger_words.app_error"},
		"words":        {wire.OutgoingWebhook{TeamID: b.team.ID, TriggerWords: []string{strings.Repeat("x", 1023)}, CallbackURLs: []string{"https://x.y"}}, 400, "model.outgoing_hook.is_valid.words.app_error"},
		"when":         {wire.OutgoingWebhook{TeamID: b.team.ID, ChannelID: b.public.ID, TriggerWhen: 2, CallbackURLs: []string{"https://x.y"}}, 400, "model.outgoing_hook.is_valid.content_type.app_error"},
		"long":         {wire.OutgoingWebhook{TeamID: b.team.ID, ChannelID: b.public.ID, Username: strings.Repeat("x", 65), CallbackURLs: []string{"https://x.y"}}, 400, "model.outgoing_hook.username.app_error"},
		"another team": {wire.OutgoingWebhook{TeamID: id.New(), ChannelID: b.public.ID, CallbackURLs: []string{"https://x.y"}}, 404, "app.team.get.find.app_error"},
	} {
		if got := b.call(b.admin, http.MethodPost, "/hooks/outgoing", c.in); got.status != c.status || got.error().ID != c.says {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestNoHookReachesInsideUnlessTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.delivers()
	p := b.program("application/json", `{"text":"inside"}`)
	port := p.url[strings.LastIndexByte(p.url, ':'):]
	b.newOutgoing(b.admin, wire.OutgoingWebhook{ChannelID: b.public.ID, CallbackURLs: []string{p.url, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port}})
	said := b.say(b.admin, b.public.ID, "hello")
	b.eventually("three deliveries are over", func() bool { return b.log.of("an integration could not be called") >= 3 })
	if len(p.calls) != 0 || b.last(b.public.ID, 1)[0].ID != said.ID {
		t.Errorf("it is reached %d times", len(p.calls))
	}
}
