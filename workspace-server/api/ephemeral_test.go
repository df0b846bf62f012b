package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAnEphemeralPostIsForOneUser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	theirs, mine := b.dial(b.member), b.dial(b.admin)
	whisper := func(to id.ID, post map[string]any) map[string]any { return map[string]any{"user_id": to, "post": post} }
	in := map[string]any{"channel_id": b.public.ID, "message": "between us", "props": map[string]string{"from_webhook": "true", "card": "x"}}
	made := must[wire.Post](b, b.admin, http.MethodPost, "/posts/ephemeral", whisper(b.member.id, in))
	if made.Type != "system_ephemeral" || made.UserID != b.admin.id || made.Message != "between us" || props(t, made)["from_webhook"] != nil || props(t, made)["card"] != "x" {
		t.Errorf("made %+v", made)
	}
	if got := theirs.post(realtime.EphemeralMessage); got.ID != made.ID || got.ChannelID != b.public.ID {
		t.Errorf("whispered %+v", got)
	}
	b.must(b.admin, http.MethodPost, "/posts/ephemeral", whisper(b.admin.id, map[string]any{"channel_id": b.public.ID, "message": "to myself"}))
	if got := mine.post(realtime.EphemeralMessage); got.Message != "to myself" {
		t.Errorf("the admin is told %+v", got)
	}
	if got := b.call(b.admin, http.MethodGet, "/posts/"+made.ID.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("it is kept: %d", got)
	}
	for name, c := range map[string]struct {
		as     person
		body   any
		status int
	}{"by a member": {b.member, whisper(b.member.id, in), 403}, "to nobody": {b.admin, map[string]any{"post": in}, 400}, "nothing": {b.admin, map[string]any{"user_id": b.member.id}, 400},
		"nowhere": {b.admin, whisper(b.member.id, map[string]any{"message": "x"}), 400}, "elsewhere": {b.admin, whisper(b.member.id, map[string]any{"channel_id": b.private.ID, "message": "x"}), 400},
		"to a stranger": {b.admin, whisper(id.New(), in), 404}, "no channel": {b.admin, whisper(b.member.id, map[string]any{"channel_id": id.New(), "message": "x"}), 404},
		"empty": {b.admin, whisper(b.member.id, map[string]any{"channel_id": b.public.ID, "message": " "}), 400}, "no root": {b.admin, whisper(b.member.id, map[string]any{"channel_id": b.public.ID, "message": "x", "root_id": id.New()}), 400}} {
		if got := b.call(c.as, http.MethodPost, "/posts/ephemeral", c.body); got.status != c.status || got.error().ID == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
