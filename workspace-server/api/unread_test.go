package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// unread is what somebody hasn't read in a channel.
func (b *bundle) unread(as person, of wire.Channel) wire.ChannelUnread {
	b.t.Helper()
	return must[wire.ChannelUnread](b, as, http.MethodGet, "/users/me"+b.in(of)+"/unread", nil)
}

func TestWhatIsDeletedIsNotUnreadAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, gone := b.say(b.admin, b.public.ID, "one"), b.say(b.admin, b.public.ID, "@ben")
	b.must(b.admin, http.MethodDelete, "/posts/"+gone.ID.String(), nil)
	if got := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil).TotalMsgCount; got != 2 {
		t.Errorf("the channel counts %d", got)
	}
	got := must[wire.ChannelUnreadAt](b, b.member, http.MethodPost, "/users/me/posts/"+first.ID.String()+"/set_unread", nil)
	if got.MsgCount != 1 || got.MentionCount != 0 || got.LastViewedAt != first.CreateAt-1 || got.TeamID != b.team.ID || got.UserID != b.member.id {
		t.Errorf("unread again it is %+v", got)
	}
	if got := b.unread(b.member, b.public); got.MsgCount != 1 {
		t.Errorf("unread is %+v", got)
	}
}

func TestComingAndGoingIsNothingToRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil)
	b.join(b.outside)
	b.must(b.outside, http.MethodDelete, b.in(b.public)+"/members/me", nil)
	b.must(b.admin, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": b.outside.id})
	b.must(b.admin, http.MethodDelete, b.in(b.public)+"/members/"+b.outside.id.String(), nil)
	after := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil)
	if after.TotalMsgCount != before.TotalMsgCount || after.TotalMsgCountRoot != before.TotalMsgCountRoot || after.LastPostAt <= before.LastPostAt {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if got := b.unread(b.member, b.public); got.MsgCount != 0 || got.MentionCount != 0 {
		t.Errorf("unread is %+v", got)
	}
}

func TestAMutedChannelCountsMentionsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := func() wire.TeamUnread {
		return must[wire.TeamUnread](b, b.member, http.MethodGet, "/users/me/teams/"+b.team.ID.String()+"/unread", nil)
	}
	b.say(b.admin, b.public.ID, "look")
	if got := of(); got.MsgCount != 1 {
		t.Errorf("unread in the team is %+v", got)
	}
	b.must(b.member, http.MethodPut, b.in(b.public)+"/members/me/notify_props", wire.StringMap{"mark_unread": "mention"})
	b.say(b.admin, b.public.ID, "@ben")
	if got := of(); got.MsgCount != 0 || got.MsgCountRoot != 0 || got.MentionCount != 1 || got.MentionCountRoot != 1 {
		t.Errorf("unread in the team is %+v", got)
	}
	if got := b.unread(b.member, b.public); got.MsgCount != 2 || got.MentionCount != 1 {
		t.Errorf("unread in the channel is %+v", got)
	}
}

func TestAGroupMessageMentionsEverybodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/group", []id.ID{b.member.id, b.outside.id})
	b.notified(b.member, wire.StringMap{"channel": "false"})
	b.say(b.admin, group.ID, "look")
	for _, p := range []person{b.member, b.outside} {
		if got := b.unread(p, group); got.MentionCount != 1 || got.MentionCountRoot != 1 || got.MsgCount != 1 {
			t.Errorf("unread is %+v", got)
		}
	}
	if got := b.unread(b.admin, group); got.MentionCount != 0 || got.MsgCount != 0 {
		t.Errorf("the author has unread %+v", got)
	}
}

// In a direct message what others say is a mention, and one's own reply none, also where what stands beside the thread is unread.
func TestOnesOwnReplyMentionsNobodyInADirectMessage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	root := b.say(b.admin, direct.ID, "shall we?")
	b.answer(b.member, direct.ID, root.ID, "yes")
	if got := b.unread(b.member, direct); got.MentionCount != 1 || got.MentionCountRoot != 1 {
		t.Errorf("who replied has unread %+v", got)
	}
	if got := b.unread(b.admin, direct); got.MentionCount != 1 || got.MentionCountRoot != 0 || got.MsgCountRoot != 0 {
		t.Errorf("who began has unread %+v", got)
	}
	b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": direct.ID})
	for _, u := range must[[]wire.TeamUnread](b, b.member, http.MethodGet, "/users/me/teams/unread", nil) {
		if u.TeamID.IsZero() && (u.MentionCount != 0 || u.MsgCount != 0) {
			t.Errorf("after a view there is %+v", u)
		}
	}
}

// A reply changes its root, and when the channel was last written in, but not when a thread was last begun there.
func TestAReplyChangesItsRootAndNotWhenAThreadBegan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?")
	reply := b.answer(b.member, b.public.ID, root.ID, "yes")
	got := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil)
	if got.LastPostAt != reply.CreateAt || got.LastRootPostAt != root.CreateAt || got.TotalMsgCount != 2 || got.TotalMsgCountRoot != 1 {
		t.Errorf("the channel is %+v", got)
	}
	if p := must[wire.Post](b, b.admin, http.MethodGet, "/posts/"+root.ID.String(), nil); p.UpdateAt <= root.UpdateAt || p.ReplyCount != 1 || p.LastReplyAt != reply.CreateAt {
		t.Errorf("the root is %+v", p)
	}
}
