package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// A draft follows its writer to every other client, and isn't told to the one that it is written in.
func TestDraftsFollowTheirWriter(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	admin := w.firstAdmin()
	desk, phone := w.openByLink(admin), w.openByLink(admin)
	team := ok[*model.Team](t)(desk.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	channel := ok[*model.Channel](t)(desk.GetChannelByName(ctx, "town-square", team.Id, ""))
	desk.HTTPHeader = map[string]string{"Connection-Id": desk.hello.GetData()["connection_id"].(string)}

	begun := ok[*model.Draft](t)(desk.UpsertDraft(ctx, &model.Draft{ChannelId: channel.Id, Message: "hel"}))
	if got := inner[*model.Draft](t, phone.expect(model.WebsocketEventDraftCreated), "draft"); got.Message != "hel" || got.ChannelId != channel.Id || begun.UserId != admin {
		t.Fatalf("begun %+v, and told %+v", begun, got)
	}
	ok[*model.Draft](t)(desk.UpsertDraft(ctx, &model.Draft{ChannelId: channel.Id, Message: "hello"}))
	if got := inner[*model.Draft](t, phone.expect(model.WebsocketEventDraftUpdated), "draft"); got.Message != "hello" {
		t.Fatalf("told %+v", got)
	}
	if all := ok[[]*model.Draft](t)(phone.GetDrafts(ctx, "me", team.Id)); len(all) != 1 || all[0].Message != "hello" {
		t.Fatalf("the drafts are %+v", all)
	}
	ok[*model.Draft](t)(phone.DeleteDraft(ctx, admin, channel.Id, ""))
	deleted := desk.expect(model.WebsocketEventDraftDeleted, model.WebsocketEventDraftCreated, model.WebsocketEventDraftUpdated)
	if got := inner[*model.Draft](t, deleted, "draft"); got.ChannelId != channel.Id {
		t.Fatalf("told %+v", got)
	}
}
