package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// A bot speaks in a channel, and everybody sees that it is one.
func TestABotSpeaks(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	admin := w.openByLink(w.firstAdmin())
	team := ok[*model.Team](t)(admin.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	square := ok[*model.Channel](t)(admin.GetChannelByName(ctx, "town-square", team.Id, ""))
	bot := ok[*model.Bot](t)(admin.CreateBot(ctx, &model.Bot{Username: "lift", DisplayName: "The lift"}))
	admin.expect(model.WebsocketEventNewUser)
	token := ok[*model.UserAccessToken](t)(admin.CreateUserAccessToken(ctx, bot.UserId, "its own"))
	ok[*model.TeamMember](t)(admin.AddTeamMember(ctx, team.Id, bot.UserId))
	program := model.NewAPIv4Client(w.url)
	program.SetToken(token.Token)
	said := ok[*model.Post](t)(program.CreatePost(ctx, &model.Post{ChannelId: square.Id, Message: "stuck"}))
	if got := admin.posted(said.Id); got.GetProp("from_bot") != "true" || got.UserId != bot.UserId {
		t.Errorf("posted %+v", got)
	}
	if u := ok[*model.User](t)(admin.GetUser(ctx, bot.UserId, "")); !u.IsBot {
		t.Errorf("as a user it is %+v", u)
	}
	description := "says when it is stuck"
	if got := ok[*model.Bot](t)(admin.PatchBot(ctx, bot.UserId, &model.BotPatch{Description: &description})); got.Description != description {
		t.Errorf("changed, it is %+v", got)
	}
	if list := ok[[]*model.Bot](t)(admin.GetBots(ctx, 0, 10, "")); len(list) != 1 || list[0].OwnerId != admin.me.Id {
		t.Errorf("the bots are %+v", list)
	}
	ok[*model.Bot](t)(admin.DisableBot(ctx, bot.UserId))
	_, answer, err := program.GetMe(ctx, "")
	refused(t, 401, answer, err)
	ok[*model.Bot](t)(admin.EnableBot(ctx, bot.UserId))
	ok[*model.User](t)(program.GetMe(ctx, ""))
}
