package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) command(as person, in wire.Channel, typed string) wire.CommandResponse {
	b.t.Helper()
	return must[wire.CommandResponse](b, as, http.MethodPost, "/commands/execute", map[string]any{"channel_id": in.ID, "team_id": b.team.ID, "command": typed})
}

func TestCommandsSay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for typed, want := range map[string]struct{ says, kind string }{"/me waves": {"*waves*", "me"}, "/SHRUG well": {`well ¯\\\_(ツ)\_/¯`, ""}, "/code a\nb": {"    a\n    b", ""}} {
		got := b.command(b.member, b.public, typed)
		p := b.last(b.public.ID, 1)[0]
		if got.ResponseType != "in_channel" || p.Message != want.says || p.Type != want.kind || p.UserID != b.member.id {
			t.Errorf("%s answers %+v, and says %q (%s)", typed, got, p.Message, p.Type)
		}
	}
	b.must(b.admin, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	b.command(b.member, b.public, "/me looks at @ada")
	done := b.last(b.public.ID, 1)[0]
	must[wire.Post](b, b.member, http.MethodPut, "/posts/"+done.ID.String()+"/patch", map[string]string{"message": "*gazes at @ada*"})
	if got := must[wire.PostSearchResults](b, b.admin, http.MethodPost, "/posts/search", map[string]any{"terms": "gazes"}); len(got.Order) != 1 {
		t.Errorf("what somebody does is found %d times", len(got.Order))
	}
	if got := must[wire.ChannelUnread](b, b.admin, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil); got.MsgCount != 1 || got.MentionCount != 1 {
		t.Errorf("what somebody does is unread by others as %+v", got)
	}
}

func TestCommandsDo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	channel := func() wire.Channel { return must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil) }
	b.command(b.member, b.public, "/header wood")
	b.command(b.member, b.public, "/purpose of all kinds")
	b.command(b.member, b.public, "/rename Wood")
	if got := channel(); got.Header != "wood" || got.Purpose != "of all kinds" || got.DisplayName != "Wood" {
		t.Errorf("the channel is %+v", got)
	}
	for typed, want := range map[string]string{"/away": realtime.Away, "/dnd": realtime.DND, "/offline": realtime.Offline, "/online": realtime.Online} {
		got := b.command(b.member, b.public, typed)
		is := must[wire.Status](b, b.admin, http.MethodGet, "/users/"+b.member.id.String()+"/status", nil).Status
		if got.ResponseType != "ephemeral" || got.Text == "" || is != want {
			t.Errorf("%s answers %+v, and the status is %s", typed, got, is)
		}
	}
	mutes := func() string {
		return must[wire.ChannelMember](b, b.member, http.MethodGet, b.in(b.public)+"/members/me", nil).NotifyProps["mark_unread"]
	}
	for _, want := range []string{"mention", "all"} {
		if b.command(b.member, b.public, "/mute"); mutes() != want {
			t.Errorf("muted it is %s, want %s", mutes(), want)
		}
	}
	if got := b.command(b.admin, b.public, "/invite @ben ~secret"); got.Text != "@ben is in ~secret now." {
		t.Errorf("invited: %+v", got)
	}
	if got := b.command(b.admin, b.private, "/kick @ben"); got.Text != "" {
		t.Errorf("removed: %+v", got)
	}
	if got := b.call(b.member, http.MethodGet, b.in(b.private), nil).status; got != http.StatusForbidden {
		t.Errorf("removed, the member reads the channel with %d", got)
	}
	if got := b.command(b.admin, b.public, "/msg @ben are you there?"); got.GotoLocation != "/builders/messages/@ben" {
		t.Errorf("told: %+v", got)
	}
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	if got := b.last(direct.ID, 1); len(got) != 1 || got[0].Message != "are you there?" {
		t.Errorf("the message is %+v", got)
	}
	if got := b.command(b.member, b.public, "/leave"); got.GotoLocation != "/builders/channels/town-square" {
		t.Errorf("left: %+v", got)
	}
	square := must[wire.Channel](b, b.member, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/town-square", nil)
	if got := b.command(b.member, square, "/join ~timber"); got.GotoLocation != "/builders/channels/timber" {
		t.Errorf("joined: %+v", got)
	}
	b.must(b.member, http.MethodGet, b.in(b.public)+"/members/me", nil)
}

func TestCommandsAllowNothingMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	square := must[wire.Channel](b, b.member, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/town-square", nil)
	for typed, says := range map[string]string{"/join secret": "that you can see", "/invite @ada ~secret": "that you can see", "/invite @nobody": "no user of that name", "/kick": "needs a user",
		"/header": "needs the header", "/leave": "", "/msg": "needs a user", "/me": "needs a text", "/kick @ben": "permission"} {
		got := b.command(b.member, square, typed)
		if got.ResponseType != "ephemeral" || got.Text == "" || !strings.Contains(got.Text, says) {
			t.Errorf("%s answers %+v", typed, got)
		}
	}
	direct := must[wire.Channel](b, b.member, http.MethodPost, "/channels/direct", []id.ID{b.member.id, b.outside.id})
	if got := b.command(b.admin, direct, "/header mine"); !strings.Contains(got.Text, "permission") {
		t.Errorf("an admin changes others' direct message: %+v", got)
	}
	in := func(channel, team id.ID, typed string) map[string]any {
		return map[string]any{"channel_id": channel, "team_id": team, "command": typed}
	}
	for name, c := range map[string]struct {
		as   person
		body map[string]any
		want int
	}{"unknown": {b.member, in(b.public.ID, b.team.ID, "/nothing"), http.StatusNotFound}, "no slash": {b.member, in(b.public.ID, b.team.ID, "me"), http.StatusBadRequest},
		"no name": {b.member, in(b.public.ID, b.team.ID, "/ x"), http.StatusBadRequest}, "elsewhere": {b.member, in(b.private.ID, b.team.ID, "/me x"), http.StatusForbidden},
		"another team": {b.member, in(b.public.ID, id.New(), "/me x"), http.StatusNotFound}, "long": {b.member, in(b.public.ID, b.team.ID, "/me "+strings.Repeat("x", 20_000)), http.StatusBadRequest}} {
		if got := b.call(c.as, http.MethodPost, "/commands/execute", c.body); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestCommandsAreListedAndSuggested(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := "/teams/" + b.team.ID.String() + "/commands/autocomplete"
	list := must[[]wire.Command](b, b.member, http.MethodGet, of, nil)
	help := b.command(b.member, b.public, "/help").Text
	for _, c := range list {
		if !c.AutoComplete || c.AutoCompleteDesc == "" || !strings.Contains(help, "/"+c.Trigger) {
			t.Errorf("%+v", c)
		}
	}
	for begun, want := range map[string]int{"/me": 1, "me": 1, "/m": 3, "/": len(list), "/msg @be": 1, "/nothing": 0} {
		got := must[[]wire.AutocompleteSuggestion](b, b.member, http.MethodGet, of+"_suggestions?user_input="+strings.ReplaceAll(begun, " ", "%20"), nil)
		if len(got) != want {
			t.Errorf("%q suggests %+v", begun, got)
		}
	}
}
