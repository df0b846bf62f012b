package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What somebody reads and makes unread again on one client, the others are told.
func TestOtherClientsAreToldWhatIsReadAndUnread(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	ok[*model.User](t)(ben.PatchUser(ctx, ben.me.Id, &model.UserPatch{NotifyProps: model.StringMap{model.MentionKeysNotifyProp: "hammer"}}))
	phone := w.openByLink(ben.me.Id)
	first, second := ada.say(channel, "look"), ada.say(channel, "bring the Hammer")
	for {
		e := phone.expect(model.WebsocketEventPosted)
		if inner[*model.Post](t, e, "post").Id == second.Id {
			if got := inner[[]string](t, e, "mentions"); len(got) != 1 || got[0] != ben.me.Id {
				t.Errorf("mentioned are %v", got)
			}
			break
		}
	}
	viewed := ok[*model.ChannelViewResponse](t)(ben.ViewChannel(ctx, "me", &model.ChannelView{ChannelId: channel}))
	times, _ := phone.expect(model.WebsocketEventMultipleChannelsViewed).GetData()["channel_times"].(map[string]any)
	if times[channel] != float64(viewed.LastViewedAtTimes[channel]) || viewed.LastViewedAtTimes[channel] != second.CreateAt {
		t.Errorf("viewed %v, told %v", viewed, times)
	}
	if _, err := ben.SetPostUnread(ctx, ben.me.Id, first.Id, true); err != nil {
		t.Fatal(err)
	}
	got := phone.expect(model.WebsocketEventPostUnread)
	if d := got.GetData(); got.GetBroadcast().ChannelId != channel || d["post_id"] != first.Id || d["mention_count"] != 1.0 || d["last_viewed_at"] != float64(first.CreateAt-1) {
		t.Errorf("unread: told %v", d)
	}
	unread := ok[*model.ChannelUnread](t)(ben.GetChannelUnread(ctx, channel, "me"))
	if unread.MsgCount != 2 || unread.MentionCount != 1 || unread.MentionCountRoot != 1 {
		t.Errorf("unread is %+v", unread)
	}
}
