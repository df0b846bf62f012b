package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// notified sets how somebody wants to be told of posts, in all channels.
func (b *bundle) notified(as person, props wire.StringMap) {
	b.t.Helper()
	b.must(as, http.MethodPut, "/users/me/patch", map[string]any{"notify_props": props})
}

// unread is what somebody hasn't read in a channel.
func (b *bundle) unread(as person, of wire.Channel) wire.ChannelUnread {
	b.t.Helper()
	return must[wire.ChannelUnread](b, as, http.MethodGet, "/users/me"+b.in(of)+"/unread", nil)
}

// mentions says whether a post of the admin's in the public channel mentions the member, by its count and once it is unread again.
func (b *bundle) mentions(message string) bool {
	b.t.Helper()
	before := b.unread(b.member, b.public).MentionCount
	post := b.say(b.admin, b.public.ID, message)
	mentioned := b.unread(b.member, b.public).MentionCount > before
	again := must[wire.ChannelUnreadAt](b, b.member, http.MethodPost, "/users/me/posts/"+post.ID.String()+"/set_unread", nil)
	if (again.MentionCount == 1) != mentioned {
		b.t.Errorf("%q is a mention: %v, and unread again %+v", message, mentioned, again)
	}
	b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	return mentioned
}

func TestPeopleAreMentionedByTheirKeywords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.notified(b.member, wire.StringMap{"mention_keys": "hammer, C++,on call,f\u00fcr,\u4f1a\u8b70,++,,@boss", "channel": "true", "first_name": "false"})
	for message, want := range map[string]bool{
		"bring the Hammer!":     true,
		"hammers":               false,
		"a sledgehammer":        false,
		"who knows c++?":        true,
		"grade c, please":       false,
		"you are ON CALL":       true,
		"call me on Monday":     false,
		"das ist F\u00dcR dich": true,
		"daf\u00fcr":            false,
		"\u4eca\u65e5\u306e\u4f1a\u8b70\u3067\u3059": true,
		"i ++":          true,
		"ask the @boss": true,
		"nothing":       false,
		"@ben":          true,
	} {
		if got := b.mentions(message); got != want {
			t.Errorf("%q is a mention: %v", message, got)
		}
	}
	b.notified(b.member, wire.StringMap{"mention_keys": ""})
	if b.mentions("the hammer") {
		t.Error("what is no keyword any more is a mention")
	}
}

func TestPeopleAreMentionedByTheirFirstNameWhereTheyWantIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.member, http.MethodPut, "/users/me/patch", map[string]string{"first_name": "Benedict"})
	if b.mentions("where is Benedict?") {
		t.Error("the first name is a mention unasked")
	}
	b.notified(b.member, wire.StringMap{"first_name": "true"})
	for message, want := range map[string]bool{"where is Benedict?": true, "eggs benedict": false, "Benedicts": false} {
		if got := b.mentions(message); got != want {
			t.Errorf("%q is a mention: %v", message, got)
		}
	}
	b.must(b.member, http.MethodPut, "/users/me/patch", map[string]string{"first_name": "J\u00f6rg"})
	if !b.mentions("ask J\u00f6rg") {
		t.Error("a name with an umlaut is no mention")
	}
}

func TestNobodyIsMentionedWithTheChannelWhoWantsItNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.api.Hub.Active(b.member.id)
	ignoring := func(how string) {
		b.must(b.member, http.MethodPut, b.in(b.public)+"/members/me/notify_props", wire.StringMap{"ignore_channel_mentions": how})
	}
	all := func(want bool, when string) {
		t.Helper()
		for _, name := range []string{"@channel", "@all", "@here"} {
			if got := b.mentions(name + ", look"); got != want {
				t.Errorf("%s is a mention %s: %v", name, when, got)
			}
		}
	}
	all(true, "at first")
	ignoring("on")
	all(false, "where they are ignored")
	if !b.mentions("@all and @ben") {
		t.Error("their own name is none beside @all")
	}
	ignoring("off")
	all(true, "where they are heard again")
	b.notified(b.member, wire.StringMap{"channel": "false"})
	all(false, "of who wants none anywhere")
	if got := b.unread(b.admin, b.public).MentionCount; got != 0 {
		t.Errorf("the author has %d mentions", got)
	}
}

func TestHereIsWhoIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for status, want := range map[string]bool{"offline": false, "away": false, "dnd": false, "online": true} {
		b.must(b.member, http.MethodPut, "/users/me/status", map[string]string{"user_id": b.member.id.String(), "status": status})
		if got := b.hears("@here"); got != want {
			t.Errorf("%s, they are here: %v", status, got)
		}
		if !b.hears("@channel") {
			t.Errorf("%s, they are not of the channel", status)
		}
	}
}

// hears says whether a post of the admin's is a mention of the member, who does nothing beside.
func (b *bundle) hears(message string) bool {
	b.t.Helper()
	before := b.unread(b.member, b.public).MentionCount
	b.say(b.admin, b.public.ID, message)
	return b.unread(b.member, b.public).MentionCount > before
}

func TestAnEditMentionsNobodyAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain, named := b.say(b.admin, b.public.ID, "look"), b.say(b.admin, b.public.ID, "@ben, look")
	b.must(b.admin, http.MethodPut, "/posts/"+plain.ID.String()+"/patch", map[string]string{"message": "@ben, look"})
	b.must(b.admin, http.MethodPut, "/posts/"+named.ID.String()+"/patch", map[string]string{"message": "look"})
	if got := b.unread(b.member, b.public); got.MentionCount != 1 || got.MsgCount != 2 {
		t.Errorf("unread is %+v", got)
	}
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

// Code is shown as it stands, and mentions nobody.
func TestNobodyIsMentionedInCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.notified(b.member, wire.StringMap{"mention_keys": "hammer"})
	for message, want := range map[string]bool{
		"`@ben`":                        false,
		"see `@ben`, @ben":              true,
		"``a ` @ben``":                  false,
		"`not closed @ben":              true,
		"`one\n\n@ben`":                 true,
		"```\n@ben hammer @all\n```":    false,
		"```go\n@ben":                   false,
		"```\ncode\n```\n@ben":          true,
		"~~~\n@channel\n```\n@ben\n~~~": false,
		"    @ben":                      false,
		"1. first\n\n    @ben":          true,
		"``` @ben ```":                  false,
		"hammer `time`":                 true,
	} {
		if got := b.mentions(message); got != want {
			t.Errorf("%q is a mention: %v", message, got)
		}
	}
}

// Who is mentioned by their own name at the beginning of a thread follows it; who is with the channel does not, whoever else turned that off.
func TestARootIsFollowedByWhoIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dee := b.newUser("dee")
	b.join(b.outside)
	b.join(dee)
	b.notified(dee, wire.StringMap{"channel": "false"})
	b.notified(b.outside, wire.StringMap{"mention_keys": "roof"})
	for _, message := range []string{"@all and @ben, about the roof", "@here and @ben, about the roof"} {
		b.api.Hub.Active(dee.id)
		root := b.say(b.admin, b.public.ID, message)
		b.answer(b.admin, b.public.ID, root.ID, "well")
		for as, want := range map[person]int{b.member: http.StatusOK, b.outside: http.StatusOK, dee: http.StatusNotFound} {
			if got := b.call(as, http.MethodGet, b.threadsPath()+"/"+root.ID.String(), nil).status; got != want {
				t.Errorf("%q is followed: %d", message, got)
			}
		}
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
