package api_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestNobodySpeaksAsAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	as := map[string]any{"channel_id": b.public.ID, "message": "x", "props": map[string]string{"from_webhook": "true", "override_username": "ada", "from_bot": "true", "card": "y"}}
	p := must[wire.Post](b, b.member, http.MethodPost, "/posts", as)
	if string(p.Props) != `{"card":"y"}` {
		t.Errorf("a person's props are %s", p.Props)
	}
	edited := must[wire.Post](b, b.member, http.MethodPut, "/posts/"+p.ID.String()+"/patch", map[string]any{"props": as["props"]})
	if string(edited.Props) != `{"card":"y"}` {
		t.Errorf("edited, they are %s", edited.Props)
	}
}

func TestWhoSpeaksStaysTheSameWhenAPostIsEdited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{Username: "lift"})
	b.tell(hook.ID, "application/json", `{"text":"stuck"}`)
	bot := b.newBot(b.admin, "door")
	program := person{bot.UserID, b.newToken(b.admin, person{id: bot.UserID}).Token}
	b.join(program)
	for as, p := range map[person]wire.Post{b.admin: b.last(b.public.ID, 5)[0], program: b.say(program, b.public.ID, "open")} {
		if as == b.admin { // the newest by the hook
			for _, other := range b.last(b.public.ID, 9) {
				if props(t, other)["from_webhook"] == "true" {
					p = other
				}
			}
		}
		before := props(t, p)
		edited := must[wire.Post](b, as, http.MethodPut, "/posts/"+p.ID.String()+"/patch", map[string]any{"message": "better", "props": map[string]string{"card": "x", "override_username": "ada"}})
		after := props(t, edited)
		if after["card"] != "x" || after["from_webhook"] != before["from_webhook"] || after["from_bot"] != before["from_bot"] || after["override_username"] != before["override_username"] {
			t.Errorf("before %v, edited %v", before, after)
		}
	}
}

func TestAHookPostsOnlyWhereItsOwnerIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.admin, http.MethodPut, "/teams/"+b.team.ID.String()+"/members/"+b.member.id.String()+"/schemeRoles", map[string]bool{"scheme_user": true, "scheme_admin": true})
	hidden := must[wire.Channel](b, b.member, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "hidden", DisplayName: "Hidden", Type: "P"})
	hook := b.newHook(b.admin, wire.IncomingWebhook{}) // its owner may do everything, and is not in that channel
	if got := b.tell(hook.ID, "application/json", `{"text":"x","channel":"hidden"}`); got.status != http.StatusBadRequest {
		t.Errorf("in a channel of others it posts with %d", got.status)
	}
	if got := b.call(b.member, http.MethodPost, "/hooks/incoming", wire.IncomingWebhook{ChannelID: b.public.ID, UserID: b.admin.id}).status; got != http.StatusForbidden {
		t.Errorf("a hook of a system admin is made by another with %d", got)
	}
	for _, owner := range []id.ID{b.outside.id, id.New()} {
		if got := b.call(b.admin, http.MethodPost, "/hooks/incoming", wire.IncomingWebhook{ChannelID: b.public.ID, UserID: owner}).status; got != http.StatusBadRequest {
			t.Errorf("a hook of who is not in the team is made with %d", got)
		}
	}
	if got := b.call(b.admin, http.MethodPost, "/hooks/incoming", wire.IncomingWebhook{ChannelID: hidden.ID}).status; got != http.StatusForbidden {
		t.Errorf("a hook in a channel of others is made with %d", got)
	}
}

func TestNobodyFollowsWhatAProgramSaidInTheirName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	b.tell(hook.ID, "application/json", `{"text":"build 7 failed"}`)
	root := b.last(b.public.ID, 1)[0].ID
	b.answer(b.member, b.public.ID, root, "again?")
	b.tell(hook.ID, "application/json", `{"text":"again","root_id":"`+root.String()+`"}`)
	if list := b.threads(b.admin, ""); list.Total != 0 {
		t.Errorf("who made the hook follows %+v", list)
	}
	if th := b.thread(b.member, root); th.UnreadReplies != 1 {
		t.Errorf("who replied has %+v", th)
	}
}

func TestASecretAddressIsNotLogged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	var log bytes.Buffer
	b.api.Log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := b.db().Exec(t.Context(), "alter table incoming_hooks rename to elsewhere"); err != nil {
		t.Fatal(err)
	}
	if got := b.tell(hook.ID, "application/json", `{"text":"x"}`).status; got != http.StatusInternalServerError {
		t.Fatalf("it answers %d", got)
	}
	if said := log.String(); strings.Contains(said, hook.ID.String()) || !strings.Contains(said, "/hooks/{hook_id}") {
		t.Errorf("logged: %s", said)
	}
}
