package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What somebody puts at the top of a channel is there for everybody in it.
func TestBookmarksAreSeenByTheChannel(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	link := func(name string) *model.ChannelBookmark {
		return &model.ChannelBookmark{ChannelId: channel, DisplayName: name, Type: model.ChannelBookmarkLink, LinkUrl: "https://example.com/" + name}
	}
	plan := ok[*model.ChannelBookmarkWithFileInfo](t)(ada.CreateChannelBookmark(ctx, link("plan")))
	if got := inner[*model.ChannelBookmarkWithFileInfo](t, ben.expect(model.WebsocketEventChannelBookmarkCreated), "bookmark"); got.Id != plan.Id || got.LinkUrl != plan.LinkUrl {
		t.Errorf("told %+v", got)
	}
	second := ok[*model.ChannelBookmarkWithFileInfo](t)(ben.CreateChannelBookmark(ctx, link("map")))
	name := "the plan"
	if got := ok[*model.UpdateChannelBookmarkResponse](t)(ben.UpdateChannelBookmark(ctx, channel, plan.Id, &model.ChannelBookmarkPatch{DisplayName: &name})); got.Updated.DisplayName != name {
		t.Errorf("changed %+v", got.Updated)
	}
	ada.expect(model.WebsocketEventChannelBookmarkUpdated)
	if got := ok[[]*model.ChannelBookmarkWithFileInfo](t)(ada.UpdateChannelBookmarkSortOrder(ctx, channel, second.Id, 0)); len(got) != 2 || got[0].Id != second.Id {
		t.Errorf("sorted %+v", got)
	}
	if got := inner[[]*model.ChannelBookmarkWithFileInfo](t, ben.expect(model.WebsocketEventChannelBookmarkSorted), "bookmarks"); len(got) != 2 {
		t.Errorf("told %+v", got)
	}
	ok[*model.ChannelBookmarkWithFileInfo](t)(ada.DeleteChannelBookmark(ctx, channel, second.Id))
	ben.expect(model.WebsocketEventChannelBookmarkDeleted)
	if got := ok[[]*model.ChannelBookmarkWithFileInfo](t)(ben.ListChannelBookmarksForChannel(ctx, channel, 0)); len(got) != 1 || got[0].DisplayName != name {
		t.Errorf("there are %+v", got)
	}
}
