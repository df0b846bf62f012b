package protocol

import (
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// A reminder is confirmed to who asked for it, survives a restart, and comes by itself from the workspace's bot.
func TestAReminderComesByItselfAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	post := ada.say(channel, "read this")
	at := time.Now().Unix() + 3
	if _, err := ben.SetPostReminder(ctx, &model.PostReminder{TargetTime: at, PostId: post.Id, UserId: ben.me.Id}); err != nil {
		t.Fatal(err)
	}
	told := inner[*model.Post](t, ben.expect(model.WebsocketEventEphemeralMessage), "post")
	if told.Type != model.PostTypeEphemeral || told.GetProp("type") != model.PostTypeReminder || told.GetProp("target_time") != float64(at) || told.GetProp("username") != "ada" {
		t.Errorf("told %+v", told)
	}
	w.stop()
	w.serve()
	ben = w.signIn("ben", "bens-password")
	said := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	if said.Type != model.PostTypeReminder || said.GetProp("post_id") != post.Id || said.GetProp("team_name") != "builders" || !strings.Contains(said.Message, w.url+"/builders/pl/"+post.Id) {
		t.Errorf("said %+v", said)
	}
	if bot := ok[*model.User](t)(ben.GetUser(ctx, said.UserId, "")); bot.Username != model.BotSystemBotUsername || !bot.IsBot {
		t.Errorf("by %+v", bot)
	}
}
