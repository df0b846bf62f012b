package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// buttons is what a program says that has a button and a menu, which call it.
func buttons(at string) string {
	return `{"text":"deploy?","username":"lift","attachments":[{"text":"sure?","actions":[{"id":"yes","type":"button","name":"Yes","integration":{"url":"` + at + `/secret","context":{"n":1,"of":"x"}}},
		{"type":"select","name":"Where","data_source":"channels","integration":{"url":"` + at + `/secret"}}]}]}`
}

type shownAction struct {
	ID, Name, Cookie string
	Integration      any
}

func actionsOf(t *testing.T, p wire.Post) []shownAction {
	t.Helper()
	var in struct {
		Attachments []struct{ Actions []shownAction }
	}
	if err := json.Unmarshal(p.Props, &in); err != nil || len(in.Attachments) != 1 {
		t.Fatalf("props %s (%v)", p.Props, err)
	}
	return in.Attachments[0].Actions
}

func press(p wire.Post, action string) string {
	return "/posts/" + p.ID.String() + "/actions/" + action
}

func TestAButtonCallsItsProgramAndShowsNobodyWhere(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json", `{"update":{"message":"deployed","props":{"attachments":[{"text":"done","actions":[{"id":"yes","name":"Again"}]}]}},"ephemeral_text":"<!here> thanks"}`)
	hook, socket := b.newHook(b.admin, wire.IncomingWebhook{}), b.dial(b.member)
	if got := b.tell(hook.ID, "application/json", buttons(p.url)); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	event := socket.post(realtime.Posted)
	post := must[wire.Post](b, b.member, http.MethodGet, "/posts/"+event.ID.String(), nil)
	for _, raw := range [][]byte{event.Props, post.Props, b.must(b.admin, http.MethodGet, b.in(b.public)+"/posts", nil), b.must(b.admin, http.MethodPost, "/posts/search", map[string]string{"terms": "deploy"})} {
		if strings.Contains(string(raw), "secret") || strings.Contains(string(raw), "integration") {
			t.Errorf("shown is %s", raw)
		}
	}
	list := actionsOf(t, post)
	if len(list) != 2 || list[0].ID != "yes" || len(list[1].ID) != id.Length {
		t.Fatalf("the actions are %+v", list)
	}
	var told wire.PostActionIntegrationRequest
	got := must[wire.PostActionAPIResponse](b, b.member, http.MethodPost, press(post, list[1].ID), map[string]string{"selected_option": "there"})
	if err := json.Unmarshal(p.next(t).body, &told); err != nil || told.Type != "select" || told.DataSource != "channels" || string(told.Context["selected_option"]) != `"there"` {
		t.Errorf("the menu tells %+v (%v)", told, err)
	}
	if now := must[wire.Post](b, b.member, http.MethodGet, "/posts/"+post.ID.String(), nil); now.Message != "deployed" || now.UserID != b.admin.id || props(t, now)["override_username"] != "lift" || props(t, now)["from_webhook"] != "true" {
		t.Errorf("it says %+v", now)
	}
	if whispered := socket.post(realtime.EphemeralMessage); whispered.Message != "@here thanks" || whispered.RootID != post.ID || props(t, whispered)["override_username"] != "lift" {
		t.Errorf("whispered %+v", whispered)
	}
	if client, user, err := b.api.Actions.Triggers.Open(told.TriggerID); err != nil || user != b.member.id || got.Status != "OK" || got.TriggerID != client {
		t.Errorf("triggered %s %s (%v), answered %+v", client, user, err, got)
	}
	b.must(b.member, http.MethodPost, press(post, "yes"), nil) // which the new text calls as the old one did
	call := p.next(t)
	if err := json.Unmarshal(call.body, &told); err != nil || call.kind != "application/json" || told.UserID != b.member.id || told.UserName != "ben" || told.ChannelID != b.public.ID || told.ChannelName != "timber" ||
		told.TeamID != b.team.ID || told.TeamName != "builders" || told.PostID != post.ID || string(told.Context["n"]) != "1" {
		t.Errorf("the button tells %s (%v)", call.body, err)
	}
}

func TestWhoEditsAPostLeavesItsButtonsAsTheyAre(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json", `{}`)
	b.tell(b.newHook(b.admin, wire.IncomingWebhook{}).ID, "application/json", buttons(p.url))
	post := b.last(b.public.ID, 1)[0]
	post.Message = "deploy, please?"
	edited := must[wire.Post](b, b.admin, http.MethodPut, "/posts/"+post.ID.String(), post)
	if strings.Contains(string(edited.Props), "secret") {
		t.Errorf("shown is %s", edited.Props)
	}
	b.must(b.member, http.MethodPost, press(post, "yes"), nil)
	p.next(t)
	for _, old := range must[[]wire.Post](b, b.admin, http.MethodGet, "/posts/"+post.ID.String()+"/edit_history", nil) {
		if strings.Contains(string(old.Props), "secret") {
			t.Errorf("it was %s", old.Props)
		}
	}
}

func TestAButtonThatOneUserIsShownIsTheirs(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	p := b.program("application/json", `{"update":{"message":"deployed"}}`)
	say := b.program("application/json", buttons(p.url))
	b.newCommand(b.admin, wire.Command{Trigger: "deploy", URL: say.url})
	socket := b.dial(b.member)
	b.command(b.member, b.public, "/deploy")
	whispered := socket.post(realtime.EphemeralMessage)
	yes := actionsOf(t, whispered)[0]
	if yes.ID != "yes" || yes.Cookie == "" || strings.Contains(string(whispered.Props), "secret") {
		t.Fatalf("whispered %s", whispered.Props)
	}
	with := map[string]string{"cookie": yes.Cookie}
	for name, c := range map[string]struct {
		as   person
		path string
		body any
	}{"another user": {b.admin, press(whispered, "yes"), with}, "another post": {b.member, press(wire.Post{ID: id.New()}, "yes"), with}, "another action": {b.member, press(whispered, actionsOf(t, whispered)[1].ID), with},
		"no cookie": {b.member, press(whispered, "yes"), nil}, "made up": {b.member, press(whispered, "yes"), map[string]string{"cookie": "AAAA"}}} {
		if got := b.call(c.as, http.MethodPost, c.path, c.body); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	b.must(b.member, http.MethodPost, press(whispered, "yes"), with)
	var told wire.PostActionIntegrationRequest
	if err := json.Unmarshal(p.next(t).body, &told); err != nil || told.PostID != whispered.ID || string(told.Context["of"]) != `"x"` {
		t.Errorf("told %+v (%v)", told, err)
	}
	if now := socket.post(realtime.PostEdited); now.ID != whispered.ID || now.Message != "deployed" || props(t, now)["override_username"] != "lift" {
		t.Errorf("it says %+v", now)
	}
	b.must(b.admin, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	b.must(b.admin, http.MethodDelete, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String(), nil)
	if got := b.call(b.member, http.MethodPost, press(whispered, "yes"), with).status; got != http.StatusForbidden {
		t.Errorf("who has left presses it with %d", got)
	}
}

func TestAnActionThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	odd := b.program("application/json", `{"update":`)
	empty := b.program("text/plain", "")
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	post := func(at string) wire.Post {
		b.tell(hook.ID, "application/json", buttons(at))
		return b.last(b.public.ID, 1)[0]
	}
	for at, want := range map[string]int{"http://127.0.0.1:1": 400, odd.url: 400, empty.url: 200, b.url: 400, "/plugins/x": 400} {
		got := b.call(b.member, http.MethodPost, press(post(at), "yes"), nil)
		if got.status != want || want == 400 && (got.error().ID != "api.post.do_action.action_integration.app_error" || strings.Contains(string(got.body), "127.0.0.1")) {
			t.Errorf("%s: %d %s", at, got.status, got.body)
		}
	}
	if got := b.call(b.member, http.MethodPost, press(post(empty.url), "no"), nil); got.status != http.StatusNotFound || got.error().ID != "api.post.do_action.action_id.app_error" {
		t.Errorf("no action: %d %s", got.status, got.body)
	}
	if got := b.call(b.outside, http.MethodPost, press(post(empty.url), "yes"), nil).status; got != http.StatusForbidden {
		t.Errorf("an outsider presses it with %d", got)
	}
	kept := setup(t)
	inside := kept.program("application/json", `{}`)
	kept.tell(kept.newHook(kept.admin, wire.IncomingWebhook{}).ID, "application/json", buttons(inside.url))
	if got := kept.call(kept.member, http.MethodPost, press(kept.last(kept.public.ID, 1)[0], "yes"), nil); got.status != http.StatusBadRequest || len(inside.calls) > 0 {
		t.Errorf("without the operator's leave: %d %s", got.status, got.body)
	}
}
