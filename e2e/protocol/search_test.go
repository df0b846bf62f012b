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

func TestFilesAreFound(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	c := ok[*model.Channel](t)(ada.GetChannel(ctx, channel))
	file := ok[*model.FileUploadResponse](t)(ada.UploadFile(ctx, []byte("content"), channel, "roof-plan.pdf")).FileInfos[0]
	post := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "see", FileIds: model.StringArray{file.Id}}))
	for _, terms := range []string{"roof plan", "ext:pdf", "from:" + ada.me.Username + " in:timber roof"} {
		for where, find := range map[string]func() (*model.FileInfoList, *model.Response, error){
			"the team": func() (*model.FileInfoList, *model.Response, error) {
				return ben.SearchFiles(ctx, c.TeamId, terms, false)
			},
			"all": func() (*model.FileInfoList, *model.Response, error) {
				return ben.SearchFilesAcrossTeams(ctx, terms, false)
			},
		} {
			found := ok[*model.FileInfoList](t)(find())
			if len(found.Order) != 1 || found.Order[0] != file.Id || found.FileInfos[file.Id].PostId != post.Id {
				t.Errorf("%s in %s: found %+v", terms, where, found)
			}
		}
	}
}
