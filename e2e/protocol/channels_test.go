package protocol

import (
	"net/http"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// Channels are found wherever they are, and have who is said to be in them.
func TestChannelsAreFoundAndHaveTheMembersThatAreSet(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	if got := ok[model.ChannelListWithTeamData](t)(ada.SearchAllChannels(ctx, &model.ChannelSearch{Term: "timb"})); len(got) != 1 || got[0].Id != channel || got[0].TeamName != "builders" {
		t.Errorf("found %+v", got)
	}
	page := ok[*model.ChannelsWithCount](t)(ada.SearchAllChannelsPaged(ctx, &model.ChannelSearch{Page: model.NewPointer(0), PerPage: model.NewPointer(1)}))
	if page.TotalCount != 3 || len(page.Channels) != 1 {
		t.Errorf("the first page is %+v", page)
	}
	if got := ok[model.ChannelListWithTeamData](t)(ben.SearchAllChannelsForUser(ctx, "timber")); len(got) != 1 {
		t.Errorf("ben finds %+v", got)
	}
	_, answer, err := ben.SearchAllChannels(ctx, &model.ChannelSearch{})
	refused(t, http.StatusForbidden, answer, err)
	done := ok[[]*model.SetChannelMembersResponse](t)(ada.SetChannelMembers(ctx, channel, &model.SetChannelMembersRequest{Members: []string{ada.me.Id}}, 0, 0))
	if len(done) != 1 || len(done[0].Removed) != 1 || done[0].Removed[0] != ben.me.Id {
		t.Errorf("done is %+v", done)
	}
	if got := ben.expect(model.WebsocketEventUserRemoved).GetData()["channel_id"]; got != channel {
		t.Errorf("removed from %v", got)
	}
	if got := ok[[]*model.ChannelMemberCountByGroup](t)(ada.GetChannelMemberCountsByGroup(ctx, channel, true, "")); len(got) != 0 {
		t.Errorf("groups are %+v", got)
	}
}

func TestAGroupMessageBecomesAChannelForEverybodyInIt(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t)
	ctx := t.Context()
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	cy := ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: "cy", Email: "cy@example.com", Password: "cys-password"}))
	ok[*model.TeamMember](t)(ada.AddTeamMember(ctx, team, cy.Id))
	group := ok[*model.Channel](t)(ben.CreateGroupChannel(ctx, []string{ada.me.Id, cy.Id}))
	if got := ok[[]*model.Channel](t)(w.signIn("cy", "cys-password").SearchGroupChannels(ctx, &model.ChannelSearch{Term: "be"})); len(got) != 1 || got[0].Id != group.Id {
		t.Errorf("found %+v", got)
	}
	if got := ok[[]*model.Team](t)(ben.GetDirectOrGroupMessageMembersCommonTeams(ctx, group.Id)); len(got) != 1 || got[0].Id != team {
		t.Errorf("common teams are %+v", got)
	}
	body := model.GroupMessageConversionRequestBody{ChannelID: group.Id, TeamID: team, Name: "plans", DisplayName: "Plans"}
	answer, err := ben.DoAPIPostJSON(ctx, "/channels/"+group.Id+"/convert_to_channel?team_id="+team, body)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	got := inner[*model.Channel](t, ada.expect(model.WebsocketEventChannelUpdated), "channel")
	if got.Id != group.Id || got.Type != model.ChannelTypePrivate || got.TeamId != team || got.Name != "plans" {
		t.Errorf("it became %+v", got)
	}
	for {
		if p := inner[*model.Post](t, ada.expect(model.WebsocketEventPosted), "post"); p.Type == model.PostTypeGMConvertedToChannel {
			break
		}
	}
}
