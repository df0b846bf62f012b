package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) newHook(as person, in wire.IncomingWebhook) wire.IncomingWebhook {
	b.t.Helper()
	if in.ChannelID.IsZero() {
		in.ChannelID = b.public.ID
	}
	return must[wire.IncomingWebhook](b, as, http.MethodPost, "/hooks/incoming", in)
}

// tell is a program that knows nothing but a hook's address.
func (b *bundle) tell(hook id.ID, kind, body string) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/hooks/"+hook.String(), strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	return b.send(request)
}

// last are the newest posts of a channel, the newest first.
func (b *bundle) last(channel id.ID, n int) (out []wire.Post) {
	b.t.Helper()
	list := must[wire.PostList](b, b.admin, http.MethodGet, "/channels/"+channel.String()+"/posts", nil)
	for _, post := range list.Order[:min(n, len(list.Order))] {
		out = append(out, *list.Posts[post])
	}
	return out
}

func props(t *testing.T, p wire.Post) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(p.Props, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestProgramsPostAtAHook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{DisplayName: "The lift", Username: "lift", IconURL: "https://example.com/lift.png"})
	if hook.UserID != b.admin.id || hook.TeamID != b.team.ID || hook.DisplayName != "The lift" || hook.ID.IsZero() {
		t.Fatalf("made %+v", hook)
	}
	const text = `{"text":"stuck, <!channel>: see <https://example.com/1|the log>\n\there","icon_emoji":"warning","attachments":[{"text":"<!here>"}],"props":{"card":"x","from_webhook":"no"}}`
	for kind, body := range map[string]string{"application/json": text, "text/plain": text, "application/x-www-form-urlencoded": url.Values{"payload": {text}}.Encode(),
		"multipart/form-data; boundary=b": "--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n" + text + "\r\n--b--\r\n"} {
		if got := b.tell(hook.ID, kind, body); got.status != http.StatusOK || string(got.body) != "ok" {
			t.Fatalf("%s: %d %s", kind, got.status, got.body)
		}
		p := b.last(b.public.ID, 1)[0]
		is := props(t, p)
		if p.Message != "stuck, @channel: see [the log](https://example.com/1)\n\there" || p.UserID != b.admin.id || is["from_webhook"] != "true" || is["override_username"] != "lift" ||
			is["override_icon_url"] != hook.IconURL || is["override_icon_emoji"] != "warning" || is["webhook_display_name"] != "The lift" || is["card"] != "x" {
			t.Errorf("%s: posted %q with %v", kind, p.Message, is)
		}
		if !bytes.Contains(p.Props, []byte(`"attachments":[{"text":"@here"}]`)) {
			t.Errorf("%s: attached is %s", kind, p.Props)
		}
	}
	if got := must[wire.IncomingWebhook](b, b.admin, http.MethodGet, "/hooks/incoming/"+hook.ID.String(), nil); got.LastUsed == 0 {
		t.Errorf("used, it is %+v", got)
	}
	b.must(b.admin, http.MethodDelete, "/hooks/incoming/"+hook.ID.String(), nil)
	if got := b.tell(hook.ID, "application/json", text); got.status != http.StatusBadRequest || got.error().ID != "web.incoming_webhook.invalid.app_error" {
		t.Errorf("closed, it answers %d %s", got.status, got.body)
	}
}

func TestAHookMentionsWhoMadeItAndReadsNothingForThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	b.must(b.admin, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	b.tell(hook.ID, "application/json", `{"text":"@ada, it is stuck"}`)
	got := must[wire.ChannelUnread](b, b.admin, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	if got.MsgCount != 1 || got.MentionCount != 1 {
		t.Errorf("who made the hook has unread %+v", got)
	}
}

func TestAHookPostsElsewhereUnlessItIsLocked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	free, locked := b.newHook(b.admin, wire.IncomingWebhook{}), b.newHook(b.admin, wire.IncomingWebhook{ChannelLocked: true})
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	for name, channel := range map[string]id.ID{"secret": b.private.ID, "#secret": b.private.ID, "@ben": direct.ID, "": b.public.ID} {
		body, _ := json.Marshal(map[string]string{"text": "to " + name, "channel": name})
		if got := b.tell(free.ID, "application/json", string(body)); got.status != http.StatusOK || b.last(channel, 1)[0].Message != "to "+name {
			t.Errorf("to %q it answers %d %s", name, got.status, got.body)
		}
		want := http.StatusForbidden
		if name == "" {
			want = http.StatusOK
		}
		if got := b.tell(locked.ID, "application/json", string(body)).status; got != want {
			t.Errorf("locked, to %q it answers %d", name, got)
		}
	}
	for name, want := range map[string]int{"nowhere": http.StatusNotFound, "@nobody": http.StatusBadRequest} {
		if got := b.tell(free.ID, "application/json", `{"text":"x","channel":"`+name+`"}`).status; got != want {
			t.Errorf("to %q it answers %d", name, got)
		}
	}
}

func TestAHookPostsWhatIsTooLongInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	long := strings.Repeat("\u00e4", 16_383) + "the end"
	body, _ := json.Marshal(map[string]any{"text": long, "attachments": []map[string]string{{"text": "once"}}})
	if got := b.tell(hook.ID, "application/json", string(body)); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	parts := b.last(b.public.ID, 2)
	if parts[1].Message+parts[0].Message != long || parts[0].Message != "the end" || props(t, parts[1])["attachments"] == nil || props(t, parts[0])["attachments"] != nil {
		t.Errorf("posted are %d and %q", len(parts[1].Message), parts[0].Message)
	}
}

func TestWhatAHookCantTakeIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	hook := b.newHook(b.member, wire.IncomingWebhook{})
	for name, body := range map[string]string{"no JSON": "text", "nothing": "{}", "blank": `{"text":" "}`, "type": `{"text":"x","type":"system_join"}`, "icon": `{"text":"x","icon_url":"javascript:1"}`,
		"root": `{"text":"x","root_id":"x"}`, "props": `{"text":"x","props":[]}`, "attachments": `{"text":"x","attachments":"y"}`} {
		if got := b.tell(hook.ID, "application/json", body); got.status != http.StatusBadRequest || got.error().ID == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for kind, body := range map[string]string{"application/x-www-form-urlencoded": "%zz", "multipart/form-data; boundary=b": "x"} {
		if got := b.tell(hook.ID, kind, body).status; got != http.StatusBadRequest {
			t.Errorf("%s answers %d", kind, got)
		}
	}
	if got := b.tell(id.New(), "application/json", `{"text":"x"}`).status; got != http.StatusBadRequest {
		t.Errorf("no hook answers %d", got)
	}
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	if got := b.tell(hook.ID, "application/json", `{"text":"x"}`).status; got != http.StatusBadRequest {
		t.Errorf("the hook of who is deactivated answers %d", got)
	}
}

func TestHooksAreForTeamAdmins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{DisplayName: "The lift"})
	of := "/hooks/incoming/" + hook.ID.String()
	for _, as := range []person{b.member, b.outside} {
		for _, c := range []struct{ method, path string }{{http.MethodPost, "/hooks/incoming"}, {http.MethodGet, "/hooks/incoming"}, {http.MethodGet, "/hooks/incoming?team_id=" + b.team.ID.String()},
			{http.MethodGet, of}, {http.MethodPut, of}, {http.MethodDelete, of}} {
			if got := b.call(as, c.method, c.path, hook).status; got != http.StatusForbidden {
				t.Errorf("%s %s answers %d", c.method, c.path, got)
			}
		}
	}
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	if got := b.call(b.member, http.MethodPost, "/hooks/incoming", wire.IncomingWebhook{ChannelID: b.private.ID}).status; got != http.StatusForbidden {
		t.Errorf("a hook in a channel that its maker can't read is made with %d", got)
	}
	hook.DisplayName, hook.ChannelLocked = "The other lift", true
	if got := must[wire.IncomingWebhook](b, b.member, http.MethodPut, of, hook); got.DisplayName != "The other lift" || !got.ChannelLocked || got.UserID != b.admin.id {
		t.Errorf("changed, it is %+v", got)
	}
	list := must[wire.IncomingWebhooks](b, b.member, http.MethodGet, "/hooks/incoming?include_total_count=true&team_id="+b.team.ID.String(), nil)
	if list.TotalCount != 1 || len(list.Webhooks) != 1 || list.Webhooks[0].ID != hook.ID {
		t.Errorf("the team's are %+v", list)
	}
	if all := must[[]wire.IncomingWebhook](b, b.admin, http.MethodGet, "/hooks/incoming", nil); len(all) != 1 {
		t.Errorf("all are %+v", all)
	}
	for name, in := range map[string]wire.IncomingWebhook{"long": {DisplayName: strings.Repeat("x", 65), ChannelID: b.public.ID}, "icon": {IconURL: "file:///x", ChannelID: b.public.ID}, "nowhere": {}} {
		if got := b.call(b.admin, http.MethodPost, "/hooks/incoming", in).status; got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
}
