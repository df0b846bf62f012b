package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// Who takes part in a thread hears of its replies, and what they have read in one client is read in all of theirs.
func TestThreadsFollowThoseWhoTakePart(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	desk := w.openByLink(w.firstAdmin())
	team := ok[*model.Team](t)(desk.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	square := ok[*model.Channel](t)(desk.GetChannelByName(ctx, "town-square", team.Id, ""))
	ok[*model.User](t)(desk.CreateUser(ctx, &model.User{Username: "ben", Email: "ben@example.com", Password: "bens-password"}))
	ben := w.signIn("ben", "bens-password")
	ok[*model.TeamMember](t)(desk.AddTeamMember(ctx, team.Id, ben.me.Id))
	phone := w.openByLink(desk.me.Id)

	root := ok[*model.Post](t)(desk.CreatePost(ctx, &model.Post{ChannelId: square.Id, Message: "shall we?"}))
	reply := ok[*model.Post](t)(ben.CreatePost(ctx, &model.Post{ChannelId: square.Id, RootId: root.Id, Message: "yes, @" + desk.me.Username}))
	posted := phone.expect(model.WebsocketEventPosted)
	for inner[*model.Post](t, posted, "post").Id != reply.Id {
		posted = phone.expect(model.WebsocketEventPosted)
	}
	if got := inner[[]string](t, posted, "followers"); len(got) != 1 || got[0] != desk.me.Id {
		t.Errorf("the reply's followers are %v", got)
	}
	told := phone.expect(model.WebsocketEventThreadUpdated)
	if got := inner[*model.ThreadResponse](t, told, "thread"); got.PostId != root.Id || got.UnreadReplies != 1 || got.UnreadMentions != 1 || got.Post.ReplyCount != 1 ||
		len(got.Participants) != 1 || got.Participants[0].Username != "ben" || told.GetData()["previous_unread_replies"] != 0.0 || told.GetBroadcast().TeamId != team.Id {
		t.Errorf("told %+v with %+v", told.GetData(), told.GetBroadcast())
	}
	list := ok[*model.Threads](t)(desk.GetUserThreads(ctx, "me", team.Id, model.GetUserThreadsOpts{Extended: true}))
	if len(list.Threads) != 1 || list.Total != 1 || list.TotalUnreadThreads != 1 || list.TotalUnreadMentions != 1 || list.Threads[0].Participants[0].Username != "ben" {
		t.Fatalf("the threads are %+v", list)
	}
	if got := ok[*model.PostList](t)(desk.GetPostsForChannel(ctx, square.Id, 0, 10, "", true, false)).Posts[root.Id]; got.IsFollowing == nil || !*got.IsFollowing || len(got.Participants) != 1 {
		t.Errorf("in the channel the root is %+v", got)
	}

	read := ok[*model.ThreadResponse](t)(desk.UpdateThreadReadForUser(ctx, "me", team.Id, root.Id, reply.CreateAt))
	changed := phone.expect(model.WebsocketEventThreadReadChanged).GetData()
	if read.UnreadReplies != 0 || changed["thread_id"] != root.Id || changed["unread_mentions"] != 0.0 || changed["previous_unread_mentions"] != 1.0 || changed["channel_id"] != square.Id {
		t.Errorf("read %+v, and told %v", read, changed)
	}
	if got := ok[*model.ThreadResponse](t)(desk.SetThreadUnreadByPostId(ctx, "me", team.Id, root.Id, reply.Id)); got.UnreadReplies != 1 || got.UnreadMentions != 1 {
		t.Errorf("unread again it is %+v", got)
	}
	phone.expect(model.WebsocketEventThreadReadChanged)
	if _, err := desk.UpdateThreadsReadForUser(ctx, "me", team.Id); err != nil {
		t.Fatal(err)
	}
	if changed = phone.expect(model.WebsocketEventThreadReadChanged).GetData(); len(changed) != 0 {
		t.Errorf("that all was read is told by %v", changed)
	}
	if _, err := desk.UpdateThreadFollowForUser(ctx, "me", team.Id, root.Id, false); err != nil {
		t.Fatal(err)
	}
	if changed = phone.expect(model.WebsocketEventThreadFollowChanged).GetData(); changed["thread_id"] != root.Id || changed["state"] != false || changed["reply_count"] != 1.0 {
		t.Errorf("that it is followed no more is told by %v", changed)
	}
	_, answer, err := desk.GetUserThread(ctx, "me", team.Id, root.Id, false)
	refused(t, 404, answer, err)
}
