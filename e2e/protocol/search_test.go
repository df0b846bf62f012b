package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

func TestPostsAreFound(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	ada := w.openByLink(w.firstAdmin())
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	channel := ok[*model.Channel](t)(ada.GetChannelByName(ctx, "town-square", team.Id, ""))
	post := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "The roof needs tiles #timber"}))
	for _, terms := range []string{"roof tiles", "#timber", "from:" + ada.me.Username + " in:town-square roof"} {
		found := ok[*model.PostSearchResults](t)(ada.SearchPostsWithMatches(ctx, team.Id, terms, false))
		if len(found.Order) != 1 || found.Posts[post.Id].Message != post.Message {
			t.Errorf("%s: found %+v", terms, found)
		}
		if everywhere := ok[*model.PostList](t)(ada.SearchPosts(ctx, "", terms, false)); len(everywhere.Order) != 1 {
			t.Errorf("%s in all teams: found %+v", terms, everywhere)
		}
	}
}
