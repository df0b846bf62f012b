package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) newCommand(as person, in wire.Command) wire.Command {
	b.t.Helper()
	in.TeamID = b.team.ID
	if in.Method == "" {
		in.Method = "P"
	}
	return must[wire.Command](b, as, http.MethodPost, "/commands", in)
}

func TestACommandOfTheTeamsOwnCallsItsProgram(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json; charset=utf-8", `{"response_type":"in_channel","text":"<!here> built","username":"not me","goto_location":"https://example.com/x","attachments":[{"text":"log"}],
		"extra_responses":[{"text":"only you"},{"response_type":"in_channel","text":"<!here> raw","skip_slack_parsing":true}]}`)
	for method, path := range map[string]string{"P": "/x?y=z", "G": "/x?y=z"} {
		c := b.newCommand(b.admin, wire.Command{Trigger: "Build-" + method, Method: method, URL: p.url + path, Username: "builder", IconURL: "https://example.com/b.png"})
		if c.Trigger != "build-"+strings.ToLower(method) || c.Token == "" || c.CreatorID != b.admin.id {
			t.Fatalf("made %+v", c)
		}
		socket := b.dial(b.member)
		root := b.say(b.admin, b.public.ID, "root")
		got := must[wire.CommandResponse](b, b.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "root_id": root.ID, "command": "/BUILD-" + method + " all\n& more"})
		call := p.next(t)
		form := call.query
		if method == "P" {
			var err error
			if form, err = url.ParseQuery(string(call.body)); err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]string{"token": c.Token, "team_id": b.team.ID.String(), "team_domain": "builders", "channel_id": b.public.ID.String(), "channel_name": "timber",
			"user_id": b.member.id.String(), "user_name": "ben", "command": "/" + c.Trigger, "text": "all\n& more"} {
			if form.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, form.Get(name), want)
			}
		}
		if call.query.Get("y") != "z" || call.authorization != "Token "+c.Token || !strings.HasPrefix(form.Get("response_url"), "/hooks/commands/") {
			t.Errorf("called by %+v", call)
		}
		if client, user, err := b.api.Actions.Triggers.Open(form.Get("trigger_id")); err != nil || user != b.member.id || got.TriggerID != client || client == "" {
			t.Errorf("triggered %s for %s (%v), answered %+v", client, user, err, got)
		}
		if got.ResponseType != "in_channel" || got.GotoLocation != "https://example.com/x" {
			t.Errorf("answered %+v", got)
		}
		posts := b.last(b.public.ID, 2)
		is := props(t, posts[1])
		if posts[1].Message != "@here built" || posts[0].Message != "<!here> raw" || posts[1].RootID != root.ID || posts[1].UserID != b.member.id || is["from_webhook"] != "true" || is["override_username"] != "builder" ||
			is["override_icon_url"] != "https://example.com/b.png" || is["attachments"] == nil {
			t.Errorf("posted %+v and %+v", posts[1], posts[0])
		}
		if whispered := socket.post(realtime.EphemeralMessage); whispered.Message != "only you" || whispered.Type != "system_ephemeral" || whispered.RootID != root.ID {
			t.Errorf("whispered %+v", whispered)
		}
	}
}

func TestAProgramSaysMoreOfACommandForAWhile(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("text/plain", "at once")
	b.newCommand(b.admin, wire.Command{Trigger: "slow", URL: p.url})
	later := func() string {
		if got := b.command(b.member, b.public, "/slow"); got.ResponseType != "ephemeral" || got.Text != "at once" {
			t.Fatalf("answered %+v", got)
		}
		form, _ := url.ParseQuery(string(p.next(t).body))
		return form.Get("response_url")
	}
	say := func(to, kind, body string) answer {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+to, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", kind)
		return b.send(request)
	}
	to := later()
	if got := say(to, "application/json", `{"text":`); got.status != http.StatusBadRequest || got.error().ID != "web.command_webhook.parse.app_error" {
		t.Errorf("no JSON answers %d %s", got.status, got.body)
	}
	for range 5 {
		if got := say(to, "application/json", `{"response_type":"in_channel","text":"done"}`); got.status != http.StatusOK || string(got.body) != "ok" || b.last(b.public.ID, 1)[0].Message != "done" {
			t.Fatalf("answered %d %s", got.status, got.body)
		}
	}
	spent := func(name, to string) {
		if got := say(to, "text/plain", "more"); got.status != http.StatusBadRequest || got.error().ID != "web.command_webhook.invalid.app_error" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	spent("a sixth", to)
	spent("made up", "/hooks/commands/"+id.New().String())
	spent("no id", "/hooks/commands/x")
	old, gone := later(), later()
	if _, err := b.db().Exec(t.Context(), "update command_replies set create_at = create_at - $1 where uses = 0", (30 * time.Minute).Milliseconds()); err != nil {
		t.Fatal(err)
	}
	spent("too late", old)
	if err := b.api.Commands.ForgetReplies(t.Context()); err != nil {
		t.Fatal(err)
	}
	spent("forgotten", gone)
	outside := later()
	b.must(b.admin, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	spent("by who has left", outside)
}

func TestACommandTellsWhomAndWhatItMentions(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("text/plain", "")
	b.newCommand(b.admin, wire.Command{Trigger: "tell", URL: p.url})
	b.command(b.member, b.public, "/tell @ada and @Ben. but not x@cy of ~timber, ~secret and ~nothing: @ada")
	form, err := url.ParseQuery(string(p.next(t).body))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, name := range form["user_mentions"] {
		got["@"+name] = form["user_mentions_ids"][i]
	}
	for i, name := range form["channel_mentions"] {
		got["~"+name] = form["channel_mentions_ids"][i]
	}
	if want := map[string]string{"@ada": b.admin.id.String(), "@ben": b.member.id.String(), "~timber": b.public.ID.String()}; !maps.Equal(got, want) {
		t.Errorf("mentioned are %v, want %v", got, want)
	}
}

func TestACommandThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	broken := b.program("application/json", `{"text":`)
	other := b.program("application/json", `{"text":"x","channel_id":"`+b.private.ID.String()+`"}`)
	odd := b.program("application/json", `{"text":"x","type":"system_join"}`)
	for trigger, c := range map[string]struct {
		url    string
		status int
		says   string
	}{"broken": {broken.url, 400, "api.command.execute_command.failed.app_error"}, "nowhere": {"http://127.0.0.1:1", 400, "api.command.execute_command.failed.app_error"},
		"elsewhere": {other.url, 403, "api.context.permissions.app_error"}, "odd": {odd.url, 400, "api.context.invalid_body_param.app_error"},
		"absent": {b.url + "/nothing", 400, "api.command.execute_command.failed_resp.app_error"}} {
		b.newCommand(b.admin, wire.Command{Trigger: trigger, URL: c.url})
		got := b.call(b.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/" + trigger})
		if got.status != c.status || got.error().ID != c.says || strings.Contains(string(got.body), "127.0.0.1") {
			t.Errorf("%s: %d %s", trigger, got.status, got.body)
		}
	}
	kept := setup(t)
	inside := kept.program("text/plain", "inside")
	kept.newCommand(kept.admin, wire.Command{Trigger: "x", Method: "G", URL: strings.Replace(inside.url, "127.0.0.1", "localhost", 1)})
	if got := kept.call(kept.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": kept.public.ID, "command": "/x"}); got.status != http.StatusBadRequest || len(inside.calls) > 0 {
		t.Errorf("without the operator's leave: %d %s", got.status, got.body)
	}
}

func TestCommandsOfTheTeamsOwnAreListed(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	shown := b.newCommand(b.admin, wire.Command{Trigger: "deploy", URL: "https://example.com/secret", AutoComplete: true, AutoCompleteHint: "[where]", AutoCompleteDesc: "Deploy it"})
	hidden := b.newCommand(b.admin, wire.Command{Trigger: "depart", URL: "https://example.com"})
	in := "/teams/" + b.team.ID.String() + "/commands/"
	own := func(list []wire.Command) (out []string) {
		for _, c := range list {
			if !c.ID.IsZero() {
				out = append(out, c.Trigger+c.Token+c.URL)
			}
		}
		return out
	}
	full := []string{"depart" + hidden.Token + "https://example.com", "deploy" + shown.Token + "https://example.com/secret"}
	for _, c := range []struct {
		as   person
		path string
		want []string
		all  bool
	}{{b.member, in + "autocomplete", []string{"deploy"}, true}, {b.admin, "/commands?custom_only=true&team_id=" + b.team.ID.String(), full, false},
		{b.admin, "/commands?team_id=" + b.team.ID.String(), full, true}, {b.member, "/commands?team_id=" + b.team.ID.String(), []string{"deploy"}, true}} {
		list := must[[]wire.Command](b, c.as, http.MethodGet, c.path, nil)
		if got := own(list); !slices.Equal(got, c.want) || (len(list) > len(got)) != c.all {
			t.Errorf("%s lists %v of %d", c.path, got, len(list))
		}
	}
	got := must[[]wire.AutocompleteSuggestion](b, b.member, http.MethodGet, in+"autocomplete_suggestions?user_input=/dep", nil)
	if want := (wire.AutocompleteSuggestion{Complete: "deploy", Suggestion: "deploy", Hint: "[where]", Description: "Deploy it"}); len(got) != 1 || got[0] != want {
		t.Errorf("suggested %+v", got)
	}
}

func TestCommandsOfTheTeamsOwnAreForTeamAdmins(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	c := b.newCommand(b.admin, wire.Command{Trigger: "deploy", URL: "https://example.com"})
	of, list := "/commands/"+c.ID.String(), "/commands?custom_only=true&team_id="+b.team.ID.String()
	for _, as := range []person{b.member, b.outside} {
		for _, to := range []struct{ method, path string }{{http.MethodPost, "/commands"}, {http.MethodGet, list}, {http.MethodGet, of}, {http.MethodPut, of}, {http.MethodDelete, of},
			{http.MethodPut, of + "/move"}, {http.MethodPut, of + "/regen_token"}} {
			if got := b.call(as, to.method, to.path, c).status; got != http.StatusForbidden {
				t.Errorf("%s %s answers %d", to.method, to.path, got)
			}
		}
	}
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	c.Trigger, c.Method, c.DisplayName = "ship", "G", "Ship it"
	if got := must[wire.Command](b, b.member, http.MethodPut, of, c); got.Trigger != "ship" || got.Method != "G" || got.Token != c.Token || got.CreatorID != b.admin.id {
		t.Errorf("changed, it is %+v", got)
	}
	if got := must[map[string]string](b, b.member, http.MethodPut, of+"/regen_token", nil)["token"]; got == "" || got == c.Token {
		t.Errorf("the token is %s", got)
	}
	if got := b.call(b.outside, http.MethodGet, "/commands?team_id="+b.team.ID.String(), nil).status; got != http.StatusForbidden {
		t.Errorf("an outsider lists commands with %d", got)
	}
	good := wire.Command{TeamID: b.team.ID, Trigger: "x", Method: "P", URL: "https://example.com"}
	for name, change := range map[string]struct {
		make func(*wire.Command)
		says string
	}{"slash": {func(c *wire.Command) { c.Trigger = "/x" }, "trigger"}, "blank": {func(c *wire.Command) { c.Trigger = "a b" }, "trigger"}, "none": {func(c *wire.Command) { c.Trigger = "" }, "trigger"},
		"long": {func(c *wire.Command) { c.Trigger = strings.Repeat("x", 129) }, "trigger"}, "method": {func(c *wire.Command) { c.Method = "PUT" }, "method"}, "no URL": {func(c *wire.Command) { c.URL = "" }, "url"},
		"file": {func(c *wire.Command) { c.URL = "file:///x" }, "url_http"}, "name": {func(c *wire.Command) { c.DisplayName = strings.Repeat("x", 65) }, "display_name"},
		"text": {func(c *wire.Command) { c.Description = strings.Repeat("x", 129) }, "description"}} {
		in := good
		change.make(&in)
		if got := b.call(b.admin, http.MethodPost, "/commands", in); got.status != http.StatusBadRequest || got.error().ID != "model.command.is_valid."+change.says+".app_error" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for _, taken := range []string{"SHIP", "away"} {
		in := good
		in.Trigger = taken
		if got := b.call(b.admin, http.MethodPost, "/commands", in); got.status != http.StatusBadRequest || got.error().ID != "api.command.duplicate_trigger.app_error" {
			t.Errorf("%s: %d %s", taken, got.status, got.body)
		}
	}
	other := must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "masons", DisplayName: "Masons", Type: "I"})
	good.TeamID, good.Trigger = other.ID, "ship"
	theirs := must[wire.Command](b, b.admin, http.MethodPost, "/commands", good)
	move := map[string]id.ID{"team_id": other.ID}
	if got := b.call(b.admin, http.MethodPut, of+"/move", move); got.error().ID != "api.command.duplicate_trigger.app_error" {
		t.Errorf("moved to its like: %d %s", got.status, got.body)
	}
	b.must(b.admin, http.MethodDelete, "/commands/"+theirs.ID.String(), nil)
	b.must(b.admin, http.MethodPut, of+"/move", move)
	if got := must[wire.Command](b, b.admin, http.MethodGet, of, nil); got.TeamID != other.ID {
		t.Errorf("moved, it is %+v", got)
	}
	if got := b.call(b.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/ship"}).status; got != http.StatusNotFound {
		t.Errorf("what the team has no more is done with %d", got)
	}
}
