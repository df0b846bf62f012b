package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAPhoneIsToldWhatConcernsItsOwner(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	if told := must[map[string]string](p.bundle, p.member, http.MethodGet, "/config/client?format=old", nil)["SendPushNotifications"]; told != "true" {
		t.Errorf("clients are told %s", told)
	}
	said := p.say(p.admin, p.public.ID, "the roof, @ben")
	got := p.pushes()
	if len(got) != 1 {
		t.Fatalf("told: %+v", got)
	}
	n := got[0]
	want := wire.PushNotification{AckID: n.AckID, Platform: "apple_rn-v2", ServerID: p.who.DiagnosticID, DeviceID: "ben", PostID: said.ID, Category: "CAN_REPLY",
		Message: "@ada: the roof, @ben", Badge: 1, TeamID: p.team.ID, ChannelID: p.public.ID, ChannelName: "Timber", Type: "message", SenderID: p.admin.id,
		SenderName: "@ada", Version: "v2", IsCRTEnabled: true, Signature: n.Signature}
	if n != want {
		t.Errorf("told %+v, want %+v", n, want)
	}
	if claims := p.opened(n); claims["ack_id"] != n.AckID.String() || claims["device_id"] != "ben" || n.AckID.IsZero() {
		t.Errorf("signed: %v", claims)
	}
	direct := p.direct(p.admin, p.member)
	p.say(p.admin, direct, "come down")
	if got := p.pushes(); len(got) != 1 || got[0].Message != "come down" || got[0].ChannelName != "@ada" || got[0].Badge != 2 || !got[0].TeamID.IsZero() {
		t.Errorf("told of a direct message: %+v", got)
	}
	if again := p.pushes(); len(again) != 0 {
		t.Errorf("told again: %+v", again)
	}
}

func TestAPhoneIsNotToldWhatDoesNot(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.phone(p.admin, "ada")
	p.say(p.admin, p.public.ID, "the roof")
	p.say(p.member, p.public.ID, "I, @ben, will")
	p.must(p.outside, http.MethodGet, "/users/me", nil)
	p.phone(p.outside, "cy")
	p.say(p.admin, p.public.ID, "ask @cy") // who is not in the channel
	bot := must[wire.Bot](p.bundle, p.admin, http.MethodPost, "/bots", map[string]string{"username": "robot"})
	p.must(p.admin, http.MethodPost, "/teams/"+p.team.ID.String()+"/members", map[string]id.ID{"team_id": p.team.ID, "user_id": bot.UserID})
	p.must(p.admin, http.MethodPost, p.in(p.public)+"/members", map[string]id.ID{"user_id": bot.UserID}) // which says so in the channel
	p.say(p.admin, p.public.ID, "@robot")
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("told: %+v", got)
	}
	p.say(p.admin, p.public.ID, "@ben @ben")
	deleted := p.say(p.admin, p.public.ID, "@ben, forget it")
	p.must(p.admin, http.MethodDelete, "/posts/"+deleted.ID.String(), nil)
	if got := p.pushes(); len(got) != 1 || got[0].Message != "@ada: @ben @ben" {
		t.Errorf("told: %+v", got)
	}
	p.must(p.admin, http.MethodPut, "/users/"+p.member.id.String()+"/active", map[string]bool{"active": false})
	p.say(p.admin, p.public.ID, "@ben @all")
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("whoever is deactivated was told: %+v", got)
	}
}

func TestAPhoneTellsNobodyWhoWantsPeace(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	told := func() int { p.t.Helper(); p.say(p.admin, p.public.ID, "@ben"); return len(p.pushes()) }
	status := func(to string, end int64) {
		p.must(p.member, http.MethodPut, "/users/me/status", map[string]any{"user_id": p.member.id, "status": to, "dnd_end_time": end})
	}
	status("dnd", time.Now().Add(time.Hour).Unix())
	if told() != 0 {
		t.Error("told who is not to be disturbed")
	}
	p.must(p.member, http.MethodPost, "/notifications/test", nil)
	if got := p.pushes(); len(got) != 1 || got[0].SenderName != "@system-bot" {
		t.Errorf("who asked to be told was told %+v", got)
	}
	status("dnd", time.Now().Add(-time.Second).Unix())
	if told() != 1 {
		t.Error("nobody was told after the time of peace")
	}
	status("online", 0)
	p.must(p.member, http.MethodPost, "/channels/members/me/view", map[string]string{"channel_id": p.public.ID.String()})
	p.pushes()
	if told() != 0 {
		t.Error("told who looks at the channel")
	}
	p.must(p.member, http.MethodPost, "/channels/members/me/view", map[string]string{"channel_id": ""})
	if told() != 1 {
		t.Error("not told who looks at it no more")
	}
	p.must(p.member, http.MethodPut, p.in(p.public)+"/members/me/notify_props", map[string]string{"mark_unread": "mention"})
	if told() != 0 {
		t.Error("told who has muted the channel")
	}
}

func TestWhoWantsToBeToldOfAllIs(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.wants(p.member, "push", "all")
	root := p.say(p.admin, p.public.ID, "the roof")
	if got := p.pushes(); len(got) != 1 || got[0].PostID != root.ID {
		t.Fatalf("anywhere: %+v", got)
	}
	p.wants(p.member, "push", "mention")
	p.must(p.member, http.MethodPut, p.in(p.public)+"/members/me/notify_props", map[string]string{"push": "all"})
	p.say(p.admin, p.public.ID, "the floor")
	if got := p.pushes(); len(got) != 1 {
		t.Errorf("in the channel: %+v", got)
	}
	reply := map[string]any{"channel_id": p.public.ID, "root_id": root.ID, "message": "is wet"}
	p.must(p.admin, http.MethodPost, "/posts", reply)
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("of a thread that they don't follow: %+v", got)
	}
	p.must(p.member, http.MethodPut, "/users/me/teams/"+p.team.ID.String()+"/threads/"+root.ID.String()+"/following", nil)
	p.must(p.admin, http.MethodPost, "/posts", reply)
	if got := p.pushes(); len(got) != 1 || got[0].RootID != root.ID {
		t.Errorf("of a thread that they follow: %+v", got)
	}
}

func TestAPhoneIsToldAsMuchAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	for contents, want := range map[config.Contents][2]string{
		config.Generic:          {"@ada posted in Timber.", "Timber"},
		config.GenericNoChannel: {"@ada sent a message.", ""},
		config.IDLoaded:         {"You have a new message.", ""},
	} {
		t.Run(string(contents), func(t *testing.T) {
			t.Parallel()
			p := setupPush(t, contents)
			said := p.say(p.admin, p.public.ID, "the roof, @ben")
			got := p.pushes()
			if len(got) != 1 || got[0].Message != want[0] || got[0].ChannelName != want[1] || got[0].IsIDLoaded != (contents == config.IDLoaded) {
				t.Fatalf("told: %+v", got)
			}
			ack := map[string]any{"id": got[0].AckID, "received_at": 1, "platform": "ios", "type": "message", "post_id": said.ID, "is_id_loaded": true}
			if whole := must[wire.PushNotification](p.bundle, p.member, http.MethodPost, "/notifications/ack", ack); whole.Message != "@ada: the roof, @ben" || whole.ChannelName != "Timber" {
				t.Errorf("the rest is %+v", whole)
			}
			secret := p.say(p.admin, p.private.ID, "the safe")
			ack["post_id"] = secret.ID
			if a := p.call(p.member, http.MethodPost, "/notifications/ack", ack); a.status != http.StatusForbidden {
				t.Errorf("who may not read it got %d %s", a.status, a.body)
			}
			ack["is_id_loaded"] = false
			p.must(p.member, http.MethodPost, "/notifications/ack", ack)
		})
	}
}

func TestOtherPhonesShowNoLongerWhatWasRead(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	desk := p.signIn(p.member.id)
	root := p.say(p.admin, p.public.ID, "@ben, the roof")
	p.pushes()
	view := map[string]any{"channel_id": p.public.ID, "collapsed_threads_supported": true}
	p.must(desk, http.MethodPost, "/channels/members/me/view", view)
	if got := p.pushes(); len(got) != 1 || got[0].Type != "clear" || got[0].ChannelID != p.public.ID || got[0].Badge != 0 || got[0].ContentAvailable != 1 || p.opened(got[0])["device_id"] != "ben" {
		t.Errorf("after a view: %+v", got)
	}
	p.must(desk, http.MethodPost, "/channels/members/me/view", view)
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("where nothing was unread: %+v", got)
	}
	p.must(desk, http.MethodPost, "/users/me/posts/"+root.ID.String()+"/set_unread", nil)
	if got := p.pushes(); len(got) != 1 || got[0].Type != "update_badge" || got[0].Badge != 1 {
		t.Errorf("after it was made unread: %+v", got)
	}
	p.must(p.member, http.MethodPost, "/channels/members/me/view", view)
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("the phone that read it was told: %+v", got)
	}
}
