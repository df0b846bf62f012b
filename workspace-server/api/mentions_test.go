package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// notified sets how somebody wants to be told of posts, in all channels.
func (b *bundle) notified(as person, props wire.StringMap) {
	b.t.Helper()
	b.must(as, http.MethodPut, "/users/me/patch", map[string]any{"notify_props": props})
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
