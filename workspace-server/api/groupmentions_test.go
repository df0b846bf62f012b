package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAGroupIsMentionedByItsName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("stone.masons", b.member, b.outside, b.admin)
	b.group("roofers", b.outside)
	for message, want := range map[string]bool{
		"@stone.masons, look":    true,
		"look, @Stone.Masons.":   true,
		"@ben and @stone.masons": true,
		"stone.masons":           false,
		"a@stone.masons":         false,
		"@stone":                 false,
		"`@stone.masons`":        false,
		"@roofers":               false,
	} {
		if got := b.mentions(message); got != want {
			t.Errorf("%q is a mention: %v", message, got)
		}
	}
	b.notified(b.member, wire.StringMap{"channel": "false"})
	if !b.mentions("@stone.masons") {
		t.Error("who hears not of the channel hears not of groups either")
	}
	if got := b.unread(b.admin, b.public).MentionCount; got != 0 {
		t.Errorf("the author has %d mentions", got)
	}
	b.must(b.member, http.MethodDelete, groupAt(g), nil)
	if b.mentions("@stone.masons") {
		t.Error("an archived group is mentioned")
	}
	b.must(b.member, http.MethodPost, groupAt(g)+"/restore", nil)
	b.must(b.member, http.MethodDelete, groupAt(g)+"/members", of(b.member))
	if b.mentions("@stone.masons") {
		t.Error("who has left the group is mentioned")
	}
}

// Nobody has the server read all groups with one post.
func TestAPostMentionsAFewGroups(t *testing.T) {
	t.Parallel()
	b := setup(t)
	names := make([]string, 21)
	for i := range names {
		names[i] = fmt.Sprintf("@g%02d", i)
		if i < 20 {
			b.group(names[i][1:], b.outside)
		}
	}
	b.group("g20", b.member)
	if b.mentions(strings.Join(names, " ")) {
		t.Error("a twenty-first group is mentioned")
	}
	if !b.mentions(strings.Join(names[1:], " ")) {
		t.Error("a twentieth group is not mentioned")
	}
}

// A mention of a group is one of each: they are told so with the post, follow its thread, and count those of replies.
func TestWhoIsMentionedWithAGroupFollowsTheThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	b.group("masons", b.member)
	heard := b.dial(b.member)
	root := b.say(b.admin, b.public.ID, "@masons, look")
	if got := heard.next(realtime.Posted); string(got["mentions"]) != `"[\"`+b.member.id.String()+`\"]"` {
		t.Errorf("the event says %s", got["mentions"])
	}
	b.answer(b.admin, b.public.ID, root.ID, "well")
	for as, want := range map[person]int{b.member: http.StatusOK, b.outside: http.StatusNotFound} {
		if got := b.call(as, http.MethodGet, b.threadsPath()+"/"+root.ID.String(), nil).status; got != want {
			t.Errorf("it is followed: %d", got)
		}
	}
	other := b.say(b.admin, b.public.ID, "another")
	b.answer(b.admin, b.public.ID, other.ID, "what do the @masons say?")
	if got := must[wire.Thread](b, b.member, http.MethodGet, b.threadsPath()+"/"+other.ID.String(), nil); got.UnreadMentions != 1 {
		t.Errorf("the thread is %+v", got)
	}
}

func TestWhoMayNotMentionGroupsDoesNot(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	b.group("masons", beside)
	before := b.unread(beside, b.private).MentionCount
	b.say(guest, b.private.ID, "@masons")
	if got := b.unread(beside, b.private).MentionCount; got != before {
		t.Error("a guest mentions a group")
	}
	b.say(guest, b.private.ID, "@dee")
	if got := b.unread(beside, b.private).MentionCount; got != before+1 {
		t.Error("and no user either")
	}
}

func TestAChannelSaysHowManyOfEachGroupAreInIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.group("masons", b.member, b.admin, b.outside)
	b.group("roofers", b.outside)
	gone := b.group("tilers", b.member)
	b.must(b.member, http.MethodDelete, groupAt(gone), nil)
	zone := map[string]any{"timezone": wire.StringMap{"useAutomaticTimezone": "false", "manualTimezone": "Europe/Berlin", "automaticTimezone": ""}}
	for _, p := range []person{b.member, b.admin} {
		b.must(p, http.MethodPut, "/users/me/patch", zone)
	}
	for query, want := range map[string]wire.ChannelMemberCountByGroup{
		"":                        {GroupID: g.ID, ChannelMemberCount: 2},
		"?include_timezones=true": {GroupID: g.ID, ChannelMemberCount: 2, ChannelMemberTimezonesCount: 1},
	} {
		got := must[[]wire.ChannelMemberCountByGroup](b, b.member, http.MethodGet, b.in(b.public)+"/member_counts_by_group"+query, nil)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %+v", query, got)
		}
	}
}

func TestNoGroupDecidesWhoIsInATeamOrChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.group("masons", b.member)
	team := "/teams/" + b.team.ID.String()
	for _, path := range []string{b.in(b.public) + "/groups", team + "/groups"} {
		if got := string(b.must(b.member, http.MethodGet, path, nil)); got != `{"groups":[],"total_group_count":0}` {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := string(b.must(b.member, http.MethodGet, team+"/groups_by_channels", nil)); got != `{"groups":{}}` {
		t.Errorf("by channels: %s", got)
	}
	if got := b.call(b.admin, http.MethodPost, "/groups/"+id.New().String()+"/teams/"+b.team.ID.String()+"/link", nil); got.status != http.StatusNotImplemented {
		t.Errorf("linked: %d %s", got.status, got.body)
	}
}
