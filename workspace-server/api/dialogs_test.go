package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestADialogIsShownToWhoHasJustDoneSomething(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	theirs, others := b.dial(b.member), b.dial(b.admin)
	client, trigger := b.api.Actions.Triggers.Make(b.member.id)
	open := wire.OpenDialogRequest{TriggerID: trigger, URL: "https://example.com/x", Dialog: wire.Dialog{CallbackID: "c", Title: "Deploy", State: "s",
		Elements: []wire.DialogElement{{DisplayName: "Where", Name: "where", Type: "text", MaxLength: 10}}}}
	b.must(person{}, http.MethodPost, "/actions/dialogs/open", open)
	var got wire.OpenDialogRequest
	theirs.inside(theirs.next(realtime.OpenDialog), "dialog", &got)
	if got.TriggerID != client || got.URL != open.URL || got.Dialog.Title != "Deploy" || got.Dialog.Elements[0].Name != "where" {
		t.Errorf("shown is %+v", got)
	}
	b.must(b.admin, http.MethodPost, "/posts/ephemeral", map[string]any{"user_id": b.admin.id, "post": map[string]any{"channel_id": b.public.ID, "message": "x"}})
	others.post(realtime.EphemeralMessage) // nothing before it
	refused := func(name, says string, change func(*wire.OpenDialogRequest)) {
		t.Helper()
		in := open
		in.Dialog.Elements = append([]wire.DialogElement{}, open.Dialog.Elements...)
		change(&in)
		if got := b.call(person{}, http.MethodPost, "/actions/dialogs/open", in); got.status != http.StatusBadRequest || got.error().ID != says {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	const body = "api.context.invalid_body_param.app_error"
	refused("no trigger", "interactive_message.decode_trigger_id.missing_data", func(in *wire.OpenDialogRequest) { in.TriggerID = "" })
	refused("made up", "interactive_message.decode_trigger_id.base64_decode_failed", func(in *wire.OpenDialogRequest) { in.TriggerID = "x" })
	refused("no URL", body, func(in *wire.OpenDialogRequest) { in.URL = "" })
	refused("no title", body, func(in *wire.OpenDialogRequest) { in.Dialog.Title = "" })
	refused("long", body, func(in *wire.OpenDialogRequest) { in.Dialog.Title = strings.Repeat("x", 25) })
	refused("long in bytes", body, func(in *wire.OpenDialogRequest) { in.Dialog.Title = strings.Repeat("ü", 13) })
	refused("icon", body, func(in *wire.OpenDialogRequest) { in.Dialog.IconURL = "x" })
	refused("twice", body, func(in *wire.OpenDialogRequest) {
		in.Dialog.Elements = append(in.Dialog.Elements, in.Dialog.Elements[0])
	})
	for name, e := range map[string]wire.DialogElement{"no name": {DisplayName: "x", Type: "text"}, "no display name": {Name: "x", Type: "text"}, "kind": {Name: "x", DisplayName: "x", Type: "slider"},
		"lengths": {Name: "x", DisplayName: "x", Type: "text", MinLength: 2, MaxLength: 1}, "subtype": {Name: "x", DisplayName: "x", Type: "text", SubType: "colour"},
		"default": {Name: "x", DisplayName: "x", Type: "select", Default: "y"}, "bool": {Name: "x", DisplayName: "x", Type: "bool", Default: "maybe"}, "source": {Name: "x", DisplayName: "x", Type: "select", DataSource: "y"},
		"dynamic": {Name: "x", DisplayName: "x", Type: "select", DataSource: "dynamic"}, "date": {Name: "x", DisplayName: "x", Type: "date", Default: "2026-11-29T10:00:00Z"},
		"interval": {Name: "x", DisplayName: "x", Type: "datetime", TimeInterval: 7}, "many": {Name: "x", DisplayName: "x", Type: "text", MultiSelect: true}} {
		refused(name, body, func(in *wire.OpenDialogRequest) { in.Dialog.Elements[0] = e })
	}
	b.api.Actions.Triggers.Now = func() time.Time { return time.Now().Add(time.Minute) }
	refused("too late", "interactive_message.decode_trigger_id.expired", func(*wire.OpenDialogRequest) {})
}

func TestADialogIsToldToItsProgram(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	submit := func(as person, path string, change func(*wire.SubmitDialogRequest)) answer {
		in := wire.SubmitDialogRequest{CallbackID: "c", State: "s", UserID: b.admin.id, ChannelID: b.public.ID, TeamID: b.team.ID, Submission: map[string]json.RawMessage{"where": json.RawMessage(`"here"`)}}
		change(&in)
		return b.call(as, http.MethodPost, "/actions/dialogs/"+path, in)
	}
	for says, want := range map[string]string{`{"error":"no","errors":{"where":"not there"},"more":1}`: `{"error":"no","errors":{"where":"not there"}}`, ``: `{}`, `{"type":"ok"}`: `{"type":"ok"}`} {
		p := b.program("application/json", says)
		got := submit(b.member, "submit", func(in *wire.SubmitDialogRequest) { in.URL = p.url })
		if got.status != http.StatusOK || string(got.body) != want {
			t.Errorf("answered %d %s", got.status, got.body)
		}
		var told wire.SubmitDialogRequest
		if err := json.Unmarshal(p.next(t).body, &told); err != nil || told.Type != "dialog_submission" || told.UserID != b.member.id || told.ChannelID != b.public.ID || told.TeamID != b.team.ID || told.URL != "" ||
			told.CallbackID != "c" || told.State != "s" || string(told.Submission["where"]) != `"here"` || told.Cancelled {
			t.Errorf("told %+v (%v)", told, err)
		}
	}
	p := b.program("application/json", `{"items":[{"text":"Here","value":"h"}]}`)
	if got := submit(b.member, "lookup", func(in *wire.SubmitDialogRequest) { in.URL = p.url }); string(got.body) != `{"items":[{"text":"Here","value":"h"}]}` {
		t.Errorf("found %d %s", got.status, got.body)
	}
	if told := string(p.next(t).body); !strings.Contains(told, `"dialog_lookup"`) {
		t.Errorf("told %s", told)
	}
	wrong := b.program("application/json", `{"type":"form"}`)
	inside := strings.Replace(p.url, "127.0.0.1", "localhost", 1) // which resolves to where it may go, and is as good
	for name, c := range map[string]struct {
		as     person
		change func(*wire.SubmitDialogRequest)
		want   int
	}{"no URL": {b.member, func(*wire.SubmitDialogRequest) {}, 400}, "private": {b.member, func(in *wire.SubmitDialogRequest) { in.URL, in.ChannelID = p.url, b.private.ID }, 403},
		"outsider": {b.outside, func(in *wire.SubmitDialogRequest) { in.URL = p.url }, 403}, "nowhere": {b.member, func(in *wire.SubmitDialogRequest) { in.URL = "http://127.0.0.1:1" }, 400},
		"no form": {b.member, func(in *wire.SubmitDialogRequest) { in.URL = wrong.url }, 400}, "by name": {b.member, func(in *wire.SubmitDialogRequest) { in.URL = inside }, 200},
		"metadata": {b.member, func(in *wire.SubmitDialogRequest) { in.URL = "http://169.254.169.254/" }, 400}} {
		if got := submit(c.as, "submit", c.change); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
