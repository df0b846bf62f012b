package protocol

import (
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// A post that somebody has scheduled comes when it is time, by itself, and is scheduled no more.
func TestAScheduledPostComesByItself(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	phone := w.openByLink(ada.me.Id)
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	p := ok[*model.ScheduledPost](t)(ada.CreateScheduledPost(ctx, &model.ScheduledPost{Draft: model.Draft{ChannelId: channel, Message: "good mornin"}, ScheduledAt: model.GetMillis() + 60_000}))
	if got := inner[*model.ScheduledPost](t, phone.expect(model.WebsocketScheduledPostCreated), "scheduledPost"); got.Id != p.Id || got.Message != "good mornin" {
		t.Errorf("told %+v", got)
	}
	p.Message, p.ScheduledAt = "good morning", time.Now().UnixMilli()+1000
	ok[*model.ScheduledPost](t)(ada.UpdateScheduledPost(ctx, p))
	if list := ok[map[string][]*model.ScheduledPost](t)(ada.GetUserScheduledPosts(ctx, team, true)); len(list[team]) != 1 || list[team][0].Message != "good morning" || list["directChannels"] == nil {
		t.Errorf("scheduled are %+v", list)
	}
	phone.expect(model.WebsocketScheduledPostUpdated)
	post := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	for post.Message != "good morning" { // those of who joined come before
		post = inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	}
	if post.UserId != ada.me.Id {
		t.Errorf("posted %+v", post)
	}
	phone.expect(model.WebsocketScheduledPostDeleted)
	other := ok[*model.ScheduledPost](t)(ada.CreateScheduledPost(ctx, &model.ScheduledPost{Draft: model.Draft{ChannelId: channel, Message: "never"}, ScheduledAt: model.GetMillis() + 60_000}))
	ok[*model.ScheduledPost](t)(ada.DeleteScheduledPost(ctx, other.Id))
	if list := ok[map[string][]*model.ScheduledPost](t)(ada.GetUserScheduledPosts(ctx, team, true)); len(list[team]) != 0 {
		t.Errorf("scheduled are %+v", list)
	}
}
