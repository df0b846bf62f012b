package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// text is what an event says of something.
func (l *listener) text(name realtime.Name, of string) string {
	l.t.Helper()
	return string(l.next(name)[of])
}

func quoted(p person) string { return `"` + p.id.String() + `"` }

// isMember reports whether somebody is in the team.
func (b *bundle) isMember(p person) bool {
	b.t.Helper()
	return b.call(b.admin, http.MethodGet, b.teammates()+"/"+p.id.String(), nil).status == http.StatusOK
}

func TestGuestsLeaveTheTeamWithTheirLastChannel(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	b.must(b.admin, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": guest.id})
	b.must(guest, http.MethodPost, "/channels/direct", []id.ID{guest.id, beside.id})
	heard, member, other := b.dial(guest), b.dial(b.admin), b.dial(beside)
	b.must(b.admin, http.MethodDelete, b.in(b.private)+"/members/"+guest.id.String(), nil)
	if heard.next(realtime.UserRemoved); !b.isMember(guest) {
		t.Fatal("they left the team, though not their last channel of it")
	}
	b.must(guest, http.MethodDelete, b.in(b.public)+"/members/me", nil)
	if b.isMember(guest) {
		t.Error("they are in the team, without a channel")
	}
	for name, l := range map[string]*listener{"the guest": heard, "an admin": member, "a member": other} {
		if got := l.text(realtime.LeaveTeam, "user_id"); got != quoted(guest) {
			t.Errorf("%s hears that %s left", name, got)
		}
	}
	b.must(b.admin, http.MethodDelete, b.in(b.private)+"/members/"+beside.id.String(), nil)
	if !b.isMember(beside) {
		t.Error("a member left the team with a channel")
	}
	b.must(b.admin, http.MethodPost, b.teammates(), map[string]id.ID{"team_id": b.team.ID, "user_id": guest.id})
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": guest.id})
	b.must(guest, http.MethodPost, "/commands/execute", map[string]string{"channel_id": b.private.ID.String(), "command": "/leave"})
	if b.isMember(guest) {
		t.Error("after /leave they are in the team, without a channel")
	}
}

// Each of two that go at the same time would see the other channel, and neither would be the last.
func TestGuestsLeaveTheTeamThoughTheyLeaveTwoChannelsAtOnce(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	b.must(b.admin, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": guest.id})
	tx, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []string{"select from team_members where user_id = $1 for no key update",
		"delete from channel_members m using channels c where m.user_id = $1 and c.id = m.channel_id and c.name = 'timber'"} {
		if _, err := tx.Exec(t.Context(), do, guest.id); err != nil {
			t.Fatal(err)
		}
	}
	came := make(chan answer, 1)
	go func() { came <- b.call(guest, http.MethodDelete, b.in(b.private)+"/members/me", nil) }()
	b.untilSomebodyWaitsOr(came)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-came; got.status != http.StatusOK || b.isMember(guest) {
		t.Errorf("%d %s, and then in the team: %t", got.status, got.body, b.isMember(guest))
	}
}

// They would be in a channel of a team that they are not in.
func TestNobodyIsAddedToAChannelWhoLeavesTheTeamMeanwhile(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	tx, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []string{"update team_members set delete_at = 1 where user_id = $1", "delete from channel_members where user_id = $1"} {
		if _, err := tx.Exec(t.Context(), do, guest.id); err != nil {
			t.Fatal(err)
		}
	}
	came := make(chan answer, 1)
	go func() {
		came <- b.call(b.admin, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": guest.id})
	}()
	b.untilSomebodyWaitsOr(came)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.refuses(<-came, http.StatusForbidden, "api.channel.add_user.to.channel.failed.deleted.app_error")
	if b.members(b.public)[guest.id] {
		t.Error("they are in the channel, and not in its team")
	}
}

func TestGuestsHearOfWhomTheySeeThatTheyLeave(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	heard, member := b.dial(guest), b.dial(b.admin)
	heard.never = []realtime.Name{realtime.LeaveTeam}
	b.must(b.outside, http.MethodDelete, b.teammates()+"/"+b.outside.id.String(), nil)
	if got := member.text(realtime.LeaveTeam, "user_id"); got != quoted(b.outside) {
		t.Errorf("a member hears that %s left", got)
	}
	b.say(b.admin, b.private.ID, "hello")
	heard.next(realtime.Posted)
	heard.never = nil
	b.must(beside, http.MethodDelete, b.teammates()+"/"+beside.id.String(), nil)
	if got := heard.text(realtime.LeaveTeam, "user_id"); got != quoted(beside) {
		t.Errorf("the guest hears that %s left", got)
	}
}

func TestGuestsHearOfWhomTheySeeThatTheyRemoveOthers(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	far := b.newUser("eve")
	if err := b.api.Users.SetRoles(t.Context(), far.id, roles.SystemUser+" "+roles.SystemAdmin); err != nil {
		t.Fatal(err)
	}
	heard, gone := b.dial(guest), b.dial(beside)
	drop := func(by, who person, c wire.Channel) {
		b.must(by, http.MethodDelete, b.in(c)+"/members/"+who.id.String(), nil)
	}
	drop(b.admin, beside, b.private)
	if got := heard.text(realtime.UserRemoved, "remover_id"); got != quoted(b.admin) {
		t.Errorf("of somebody they see: %s", got)
	}
	gone.next(realtime.UserRemoved)
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": beside.id})
	drop(far, beside, b.private)
	if got := heard.text(realtime.UserRemoved, "remover_id"); got != `""` {
		t.Errorf("of somebody they don't: %s", got)
	}
	if got := gone.text(realtime.UserRemoved, "remover_id"); got != quoted(far) {
		t.Errorf("a member who was removed: %s", got)
	}
	drop(far, guest, b.private)
	if got := heard.text(realtime.UserRemoved, "remover_id"); got != `""` {
		t.Errorf("a guest who was removed: %s", got)
	}
}
