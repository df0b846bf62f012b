package protocol

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// TestTwoPeopleTalk is the whole way of a new workspace: the first admin by the link, a team, a second person, a
// channel, and everything that one does seen on the other's web socket.
func TestTwoPeopleTalk(t *testing.T) {
	t.Parallel()
	w := start(t)
	ctx := t.Context()
	ada := w.openByLink(w.firstAdmin())
	if !ada.me.IsSystemAdmin() {
		t.Fatalf("the first admin's roles are %q", ada.me.Roles)
	}
	if _, err := ada.UpdateUserPassword(ctx, ada.me.Id, "", "first-password"); err != nil {
		t.Fatal(err)
	}

	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamInvite}))
	ben := ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: "ben", Email: "ben@example.com", Password: "bens-password"}))
	ada.expect(model.WebsocketEventNewUser)
	b := w.signIn("ben@example.com", "bens-password")
	ok[*model.TeamMember](t)(ada.AddTeamMember(ctx, team.Id, ben.Id))
	if got := b.expect(model.WebsocketEventAddedToTeam).GetData()["team_id"]; got != team.Id {
		t.Fatalf("added to team %v", got)
	}

	channel := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "timber", DisplayName: "Timber", Type: model.ChannelTypeOpen}))
	ada.expect(model.WebsocketEventChannelCreated)
	ok[*model.ChannelMember](t)(b.AddChannelMember(ctx, channel.Id, ben.Id))
	for _, c := range []*client{ada, b} {
		for { // the default channels of the team come first
			e := c.expect(model.WebsocketEventUserAdded)
			if e.GetBroadcast().ChannelId == channel.Id && e.GetData()["user_id"] == ben.Id {
				break
			}
		}
	}

	first := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "hello @ben, #timber is here", PendingPostId: ada.me.Id + ":1"}))
	seen := b.posted(first.Id)
	if seen.Message != first.Message || first.PendingPostId != ada.me.Id+":1" || first.Hashtags != "#timber" {
		t.Fatalf("posted %+v", seen)
	}
	again := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "hello", PendingPostId: ada.me.Id + ":1"}))
	if again.Id != first.Id {
		t.Fatalf("a repeated pending id made a second post")
	}

	edited := ok[*model.Post](t)(ada.PatchPost(ctx, first.Id, &model.PostPatch{Message: model.NewPointer("hello all")}))
	if e := inner[*model.Post](t, b.expect(model.WebsocketEventPostEdited), "post"); e.Id != first.Id || e.Message != "hello all" || edited.EditAt == 0 {
		t.Fatalf("edited %+v", e)
	}
	reply := ok[*model.Post](t)(b.CreatePost(ctx, &model.Post{ChannelId: channel.Id, RootId: first.Id, Message: "hi"}))
	ada.posted(reply.Id)
	thread := ok[*model.PostList](t)(ada.GetPostThread(ctx, first.Id, "", false))
	if len(thread.Order) != 2 || thread.Posts[first.Id].ReplyCount != 1 {
		t.Fatalf("thread %+v", thread)
	}

	ok[*model.Reaction](t)(b.SaveReaction(ctx, &model.Reaction{UserId: ben.Id, PostId: first.Id, EmojiName: "smile"}))
	if r := inner[model.Reaction](t, ada.expect(model.WebsocketEventReactionAdded), "reaction"); r.EmojiName != "smile" || r.UserId != ben.Id {
		t.Fatalf("reaction %+v", r)
	}
	if _, err := b.DeleteReaction(ctx, &model.Reaction{UserId: ben.Id, PostId: first.Id, EmojiName: "smile"}); err != nil {
		t.Fatal(err)
	}
	ada.expect(model.WebsocketEventReactionRemoved)

	content := bytes.Repeat([]byte("longhouse\n"), 200_000) // more than is held in memory
	upload := ok[*model.FileUploadResponse](t)(b.UploadFile(ctx, content, channel.Id, "../plan.txt"))
	with := ok[*model.Post](t)(b.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "the plan", FileIds: model.StringArray{upload.FileInfos[0].Id}}))
	seen = ada.posted(with.Id)
	if len(seen.Metadata.Files) != 1 || seen.Metadata.Files[0].Name != "plan.txt" || seen.Metadata.Files[0].Size != int64(len(content)) {
		t.Fatalf("posted with %+v", seen.Metadata.Files)
	}
	got := ok[[]byte](t)(ada.GetFile(ctx, seen.FileIds[0]))
	if !bytes.Equal(got, content) {
		t.Fatalf("downloaded %d bytes, not the %d uploaded", len(got), len(content))
	}

	if _, err := ada.DeletePost(ctx, first.Id); err != nil {
		t.Fatal(err)
	}
	b.expect(model.WebsocketEventPostDeleted)
	if _, err := b.Logout(ctx); err != nil {
		t.Fatal(err)
	}
	_, answer, err := w.as(b.AuthToken).GetMe(ctx, "")
	refused(t, http.StatusUnauthorized, answer, err)
}

// posted waits for the event that tells of a post, and answers the post in it.
func (c *client) posted(post string) *model.Post {
	c.t.Helper()
	for {
		if p := inner[*model.Post](c.t, c.expect(model.WebsocketEventPosted), "post"); p.Id == post {
			return p
		}
	}
}

// as is a client with some token.
func (w *workspace) as(token string) *model.Client4 {
	c := model.NewAPIv4Client(w.url)
	c.SetToken(token)
	return c
}
