package protocol

import (
	"slices"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What somebody arranges in one client is so in all of theirs.
func TestASidebarIsTheSameInEveryClient(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	admin := w.firstAdmin()
	desk, phone := w.openByLink(admin), w.openByLink(admin)
	team := ok[*model.Team](t)(desk.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	square := ok[*model.Channel](t)(desk.GetChannelByName(ctx, "town-square", team.Id, ""))

	made := ok[*model.SidebarCategoryWithChannels](t)(desk.CreateSidebarCategoryForTeamForUser(ctx, "me", team.Id,
		&model.SidebarCategoryWithChannels{SidebarCategory: model.SidebarCategory{DisplayName: "Site"}, Channels: []string{square.Id}}))
	if got := phone.expect(model.WebsocketEventSidebarCategoryCreated); got.GetData()["category_id"] != made.Id || got.GetBroadcast().TeamId != team.Id {
		t.Fatalf("made %+v, and told %+v", made, got.GetData())
	}
	made.DisplayName = "Building site"
	ok[*model.SidebarCategoryWithChannels](t)(desk.UpdateSidebarCategoryForTeamForUser(ctx, "me", team.Id, made.Id, made))
	told := inner[[]*model.SidebarCategoryWithChannels](t, phone.expect(model.WebsocketEventSidebarCategoryUpdated), "updatedCategories")
	if len(told) != 1 || told[0].DisplayName != "Building site" || !slices.Equal(told[0].Channels, []string{square.Id}) {
		t.Fatalf("told %+v", told)
	}
	favorites := ok[*model.OrderedSidebarCategories](t)(phone.GetSidebarCategoriesForTeamForUser(ctx, "me", team.Id, "")).Categories[0]
	favorites.Channels = []string{square.Id}
	ok[[]*model.SidebarCategoryWithChannels](t)(phone.UpdateSidebarCategoriesForTeamForUser(ctx, "me", team.Id, []*model.SidebarCategoryWithChannels{favorites}))
	if got := inner[model.Preferences](t, desk.expect(model.WebsocketEventPreferencesChanged), "preferences"); len(got) != 1 || got[0].Name != square.Id {
		t.Fatalf("told %+v", got)
	}
	order := ok[[]string](t)(desk.GetSidebarCategoryOrderForTeamForUser(ctx, "me", team.Id, ""))
	slices.Reverse(order)
	ok[[]string](t)(desk.UpdateSidebarCategoryOrderForTeamForUser(ctx, "me", team.Id, order))
	if got := phone.expect(model.WebsocketEventSidebarCategoryOrderUpdated).GetData()["order"].([]any); got[0] != order[0] {
		t.Fatalf("told %v", got)
	}
	if _, err := phone.DeleteSidebarCategoryForTeamForUser(ctx, "me", team.Id, made.Id); err != nil {
		t.Fatal(err)
	}
	desk.expect(model.WebsocketEventSidebarCategoryDeleted)
}
