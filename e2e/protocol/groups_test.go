package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// The official client makes a group, others hear of it, and who is in it is mentioned with it.
func TestGroupsAreMentionedByTheOfficialClient(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	g := ok[*model.Group](t)(ada.CreateGroup(ctx, &model.Group{Name: model.NewPointer("masons"), DisplayName: "Masons", Source: model.GroupSourceCustom, AllowReference: true}))
	if got := inner[*model.Group](t, ben.expect(model.WebsocketEventReceivedGroup), "group"); got.Id != g.Id || got.GetName() != "masons" || got.GetMemberCount() != 0 {
		t.Errorf("told %+v", got)
	}
	ok[[]*model.GroupMember](t)(ada.UpsertGroupMembers(ctx, g.Id, &model.GroupModifyMembers{UserIds: []string{ben.me.Id}}))
	if got := inner[*model.GroupMember](t, ben.expect(model.WebsocketEventGroupMemberAdd), "group_member"); got.GroupId != g.Id || got.UserId != ben.me.Id {
		t.Errorf("told %+v", got)
	}
	ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "@masons, look"}))
	if got := ben.expect(model.WebsocketEventPosted).GetData()["mentions"]; got != `["`+ben.me.Id+`"]` {
		t.Errorf("mentioned are %v", got)
	}
	list := ok[[]*model.Group](t)(ben.GetGroups(ctx, model.GroupSearchOpts{Q: "mas", IncludeMemberCount: true, FilterAllowReference: true, Source: model.GroupSourceCustom,
		IncludeChannelMemberCount: channel, PageOpts: &model.PageOpts{PerPage: 60}}))
	if len(list) != 1 || list[0].GetMemberCount() != 1 || *list[0].ChannelMemberCount != 1 {
		t.Errorf("found %+v", list)
	}
	if got := ok[[]*model.Group](t)(ben.GetGroupsByUserId(ctx, ben.me.Id)); len(got) != 1 {
		t.Errorf("ben is in %+v", got)
	}
	if got := ok[[]*model.Group](t)(ben.GetGroupsByNames(ctx, []string{"masons"})); len(got) != 1 {
		t.Errorf("by name there are %+v", got)
	}
	if got := ok[*model.GroupMemberList](t)(ben.GetGroupMembers(ctx, g.Id)); got.Count != 1 || len(got.Members) != 1 || got.Members[0].Id != ben.me.Id {
		t.Errorf("in it are %+v", got)
	}
	if got := ok[[]*model.ChannelMemberCountByGroup](t)(ben.GetChannelMemberCountsByGroup(ctx, channel, true, "")); len(got) != 1 || got[0].ChannelMemberCount != 1 {
		t.Errorf("in the channel are %+v", got)
	}
	if got := ok[*model.Group](t)(ben.PatchGroup(ctx, g.Id, &model.GroupPatch{DisplayName: model.NewPointer("Stone masons")})); got.DisplayName != "Stone masons" {
		t.Errorf("changed %+v", got)
	}
	ok[[]*model.GroupMember](t)(ada.DeleteGroupMembers(ctx, g.Id, &model.GroupModifyMembers{UserIds: []string{ben.me.Id}}))
	ben.expect(model.WebsocketEventGroupMemberDelete)
	if got := ok[*model.Group](t)(ada.DeleteGroup(ctx, g.Id)); got.DeleteAt == 0 {
		t.Errorf("archived %+v", got)
	}
	if got := ok[*model.Group](t)(ada.RestoreGroup(ctx, g.Id, "")); got.DeleteAt != 0 {
		t.Errorf("restored %+v", got)
	}
}

// What is done to a group at one instance, and who is mentioned with it, is told at another one.
func TestAGroupIsOneAtTwoInstances(t *testing.T) {
	t.Parallel()
	a, ada, ben, channel := talk(t)
	b := a.beside()
	meet(a, b)
	ctx := t.Context()
	ben.socket.Close()
	ben = b.signIn("ben", "bens-password")
	g := ok[*model.Group](t)(ada.CreateGroup(ctx, &model.Group{Name: model.NewPointer("masons"), DisplayName: "Masons", Source: model.GroupSourceCustom, AllowReference: true}))
	if got := inner[*model.Group](t, ben.expect(model.WebsocketEventReceivedGroup), "group"); got.Id != g.Id {
		t.Errorf("told %+v", got)
	}
	ok[[]*model.GroupMember](t)(ben.UpsertGroupMembers(ctx, g.Id, &model.GroupModifyMembers{UserIds: []string{ada.me.Id}}))
	ada.expect(model.WebsocketEventGroupMemberAdd)
	if got := mentioned(ada, ben.say(channel, "@masons, look").Id); got != `["`+ada.me.Id+`"]` {
		t.Errorf("mentioned are %s", got)
	}
}
