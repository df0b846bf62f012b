package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// members are who is in a channel, and whether they are its admin.
func (b *bundle) members(of wire.Channel) map[id.ID]bool {
	b.t.Helper()
	out := map[id.ID]bool{}
	for _, m := range must[[]wire.ChannelMember](b, b.admin, http.MethodGet, b.in(of)+"/members", nil) {
		out[m.UserID] = m.SchemeAdmin
	}
	return out
}

func (b *bundle) setMembers(as person, of wire.Channel, query string, body any) (lines []wire.SetChannelMembersDone) {
	b.t.Helper()
	got := b.call(as, http.MethodPut, b.in(of)+"/members"+query, body)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/x-ndjson" {
		b.t.Fatalf("set members: %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	for line := range bytes.Lines(got.body) {
		var done wire.SetChannelMembersDone
		if err := json.Unmarshal(line, &done); err != nil {
			b.t.Fatalf("%s: %v", line, err)
		}
		lines = append(lines, done)
	}
	return lines
}

func TestAChannelHasTheMembersThatAreSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dee, eve := b.newUser("dee"), b.newUser("eve")
	b.join(dee)
	b.join(eve)
	channel := must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "roof", DisplayName: "Roof", Type: "O"})
	b.must(b.member, http.MethodPost, b.in(channel)+"/members", map[string]id.ID{"user_id": b.member.id})
	lines := b.setMembers(b.admin, channel, "?batch_size=1", wire.SetChannelMembers{Members: []id.ID{dee.id, eve.id, dee.id, b.outside.id, b.admin.id}})
	if len(lines) != 4 || !slices.Equal(lines[0].Removed, []id.ID{b.member.id}) || !slices.Equal(lines[1].Added, []id.ID{dee.id}) || !slices.Equal(lines[2].Added, []id.ID{eve.id}) {
		t.Errorf("done is %+v", lines)
	}
	if e := lines[len(lines)-1].Errors; len(e) != 1 || e[0].UserID != b.outside.id || e[0].ID != "api.channel.add_user.to.channel.failed.deleted.app_error" || e[0].Error == "" {
		t.Errorf("of who is not in the team it says %+v", e)
	}
	if got := b.members(channel); len(got) != 3 || !got[b.admin.id] || got[dee.id] || got[eve.id] {
		t.Errorf("members are %v", got)
	}
	lines = b.setMembers(b.admin, channel, "", wire.SetChannelMembers{Members: []id.ID{b.admin.id}, ChannelAdmins: &[]id.ID{dee.id}})
	if len(lines) != 3 || !slices.Equal(lines[0].Removed, []id.ID{eve.id}) || !slices.Equal(lines[1].Promoted, []id.ID{dee.id}) || !slices.Equal(lines[2].Demoted, []id.ID{b.admin.id}) {
		t.Errorf("done is %+v", lines)
	}
	if got := b.members(channel); len(got) != 2 || !got[dee.id] || got[b.admin.id] {
		t.Errorf("members are %v", got)
	}
	if lines := b.setMembers(dee, channel, "?batch_delay_ms=1", wire.SetChannelMembers{Members: []id.ID{b.admin.id, dee.id}}); len(lines) != 0 {
		t.Errorf("nothing to do is done: %+v", lines)
	}
}

// The pauses that a client wants between batches keep no server from ending.
func TestAServerThatEndsMakesNoPauses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	b.api.Drain()
	begun := time.Now()
	lines := b.setMembers(b.admin, b.public, "?batch_size=1&batch_delay_ms=10000", wire.SetChannelMembers{Members: []id.ID{b.admin.id}})
	if took := time.Since(begun); len(lines) != 2 || took > 5*time.Second {
		t.Errorf("after %s is done %+v", took, lines)
	}
}

func TestMembersAreSetByWhoMayAndWhereItCanBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/group", []id.ID{b.member.id, b.outside.id})
	archived := must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "old", DisplayName: "Old", Type: "O"})
	b.must(b.admin, http.MethodDelete, b.in(archived), nil)
	ids := []id.ID{b.admin.id, b.member.id}
	for name, c := range map[string]struct {
		as   person
		path string
		body any
		want int
	}{
		"nobody named":      {b.admin, b.in(b.public) + "/members", map[string]any{}, http.StatusBadRequest},
		"no id":             {b.admin, b.in(b.public) + "/members", map[string]any{"members": []string{"x"}}, http.StatusBadRequest},
		"empty private":     {b.admin, b.in(b.private) + "/members", wire.SetChannelMembers{Members: []id.ID{}}, http.StatusBadRequest},
		"private outsiders": {b.admin, b.in(b.private) + "/members", wire.SetChannelMembers{Members: []id.ID{b.outside.id}}, http.StatusBadRequest},
		"a group message":   {b.admin, b.in(group) + "/members", wire.SetChannelMembers{Members: ids}, http.StatusBadRequest},
		"an archived one":   {b.admin, b.in(archived) + "/members", wire.SetChannelMembers{Members: ids}, http.StatusBadRequest},
		"too small a batch": {b.admin, b.in(b.public) + "/members?batch_size=0", wire.SetChannelMembers{Members: ids}, http.StatusBadRequest},
		"too long a pause":  {b.admin, b.in(b.public) + "/members?batch_delay_ms=10001", wire.SetChannelMembers{Members: ids}, http.StatusBadRequest},
		"no admin's roles":  {b.member, b.in(b.public) + "/members", wire.SetChannelMembers{Members: ids, ChannelAdmins: &ids}, http.StatusForbidden},
		"no member":         {b.member, b.in(b.private) + "/members", wire.SetChannelMembers{Members: ids}, http.StatusForbidden},
	} {
		if got := b.call(c.as, http.MethodPut, c.path, c.body); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := b.members(b.public); len(got) != 2 || len(b.members(b.private)) != 1 {
		t.Errorf("members are %v", got)
	}
}

// A group message that became a channel is one of its team, with all that was said and who was in it.
func TestAGroupMessageBecomesAPrivateChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	group := must[wire.Channel](b, b.member, http.MethodPost, "/channels/group", []id.ID{b.admin.id, b.outside.id})
	root := b.say(b.member, group.ID, "shall we?")
	b.answer(b.outside, group.ID, root.ID, "yes")
	to := wire.GroupMessageConversion{ChannelID: group.ID, TeamID: b.team.ID, Name: "plans", DisplayName: "Plans"}
	if got := must[[]wire.Team](b, b.member, http.MethodGet, b.in(group)+"/common_teams", nil); len(got) != 1 || got[0].ID != b.team.ID {
		t.Fatalf("common teams are %+v", got)
	}
	got := must[wire.Channel](b, b.member, http.MethodPost, b.in(group)+"/convert_to_channel?team_id="+b.team.ID.String(), to)
	if got.ID != group.ID || got.Type != "P" || got.TeamID != b.team.ID || got.Name != "plans" || got.DisplayName != "Plans" {
		t.Fatalf("it became %+v", got)
	}
	if m := b.members(got); len(m) != 3 || !m[b.member.id] || m[b.outside.id] {
		t.Errorf("members are %v", m)
	}
	said := b.last(group.ID, 3)
	if said[0].Type != "system_gm_to_channel" || said[0].Message != "ben created this channel from a group message with ada, cy." || said[2].ID != root.ID {
		t.Errorf("said is %+v", said)
	}
	var props struct {
		By      id.ID   `json:"convertedByUserId"`
		Members []id.ID `json:"gmMembersDuringConversionIDs"`
	}
	if err := json.Unmarshal(said[0].Props, &props); err != nil || props.By != b.member.id || len(props.Members) != 3 {
		t.Errorf("its props are %s", said[0].Props)
	}
	if th := b.thread(b.member, root.ID); th.UnreadReplies != 1 {
		t.Errorf("the thread is %+v", th)
	}
	for _, c := range b.sidebar(b.member) {
		if has := slices.Contains(c.Channels, group.ID); has != (c.Type == "channels") {
			t.Errorf("of the category %s: %v", c.Type, has)
		}
	}
	again := b.call(b.member, http.MethodPost, b.in(group)+"/convert_to_channel", to)
	if again.status != http.StatusBadRequest {
		t.Errorf("once more: %d %s", again.status, again.body)
	}
}

// Who is removed from the team meanwhile would be in its private channel.
func TestAGroupMessageStaysOneOfWhomTheTeamLosesMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	group := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/group", []id.ID{b.member.id, b.outside.id})
	tx, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "update team_members set delete_at = 1 where user_id = $1", b.outside.id); err != nil {
		t.Fatal(err)
	}
	came := make(chan answer, 1)
	go func() {
		came <- b.call(b.member, http.MethodPost, b.in(group)+"/convert_to_channel", map[string]any{"channel_id": group.ID, "team_id": b.team.ID, "name": "plans", "display_name": "Plans"})
	}()
	b.untilSomebodyWaitsOr(came)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-came; got.error().ID != "app.channel.group_message_conversion.channel_member_missing" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAGroupMessageStaysOneWhereItCantBecomeAChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := must[wire.Channel](b, b.member, http.MethodPost, "/channels/group", []id.ID{b.admin.id, b.outside.id})
	to := wire.GroupMessageConversion{TeamID: b.team.ID, Name: "plans", DisplayName: "Plans"}
	convert := b.in(group) + "/convert_to_channel"
	if got := must[[]wire.Team](b, b.member, http.MethodGet, b.in(group)+"/common_teams", nil); len(got) != 0 {
		t.Errorf("common teams are %+v", got)
	}
	if got := b.call(b.member, http.MethodPost, convert, to); got.status != http.StatusBadRequest || got.error().ID != "app.channel.group_message_conversion.channel_member_missing" {
		t.Errorf("into a team that not all are in: %d %s", got.status, got.body)
	}
	b.join(b.outside)
	taken, nameless, elsewhere := to, to, to
	taken.Name, nameless.DisplayName, elsewhere.ChannelID = b.public.Name, "", b.public.ID
	other := must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "others", DisplayName: "Others", Type: "O"})
	foreign := to
	foreign.TeamID = other.ID
	for name, c := range map[string]struct {
		as   person
		path string
		body any
		want int
	}{
		"a taken name":      {b.member, convert, taken, http.StatusBadRequest},
		"no name":           {b.member, convert, nameless, http.StatusBadRequest},
		"another's address": {b.member, convert, elsewhere, http.StatusBadRequest},
		"no team":           {b.member, convert, map[string]string{"name": "plans", "display_name": "Plans"}, http.StatusBadRequest},
		"a team of others":  {b.member, convert, foreign, http.StatusForbidden},
		"somebody else":     {b.newUser("dee"), convert, to, http.StatusForbidden},
		"a channel":         {b.admin, b.in(b.private) + "/convert_to_channel", to, http.StatusBadRequest},
	} {
		if got := b.call(c.as, http.MethodPost, c.path, c.body); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := b.call(b.member, http.MethodGet, b.in(b.public)+"/common_teams", nil).status; got != http.StatusBadRequest {
		t.Errorf("a channel's common teams answer %d", got)
	}
	if got := must[wire.Channel](b, b.member, http.MethodGet, b.in(group), nil); got.Type != "G" || got.Name != group.Name {
		t.Errorf("it is %+v", got)
	}
}
