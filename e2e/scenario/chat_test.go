package scenario

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// member is a signed-in user with an open web socket.
type member struct {
	*model.Client4
	user   *model.User
	socket *model.WebSocketClient
}

// listen opens the web socket of a signed-in client.
func listen(t *testing.T, c *machine.Customer, client *model.Client4) member {
	t.Helper()
	me, _, err := client.GetMe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	dialer := &websocket.Dialer{NetDialContext: c.Machine.Dial, HandshakeTimeout: 10 * time.Second}
	socket, err := model.NewWebSocketClient4WithDialer(dialer, "ws"+strings.TrimPrefix(c.Workspace.URL, "http"), client.AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(socket.Close)
	socket.Listen()
	m := member{Client4: client, user: me, socket: socket}
	m.expect(t, model.WebsocketEventHello, func(*model.WebSocketEvent) bool { return true })
	return m
}

// expect waits for an event on the member's web socket.
func (m member) expect(t *testing.T, kind model.WebsocketEventType, is func(*model.WebSocketEvent) bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case event, open := <-m.socket.EventChannel:
			if !open {
				t.Fatalf("the web socket closed while waiting for %s", kind)
			}
			if event.EventType() == kind && is(event) {
				return
			}
		case <-late:
			t.Fatalf("no %s event reached %s", kind, m.user.Username)
		}
	}
}

// holds is whether the event's data has a JSON text under key that holds part.
func holds(key, part string) func(*model.WebSocketEvent) bool {
	return func(event *model.WebSocketEvent) bool {
		text, _ := event.GetData()[key].(string)
		return strings.Contains(text, part)
	}
}

func must[T any](t *testing.T) func(T, *model.Response, error) T {
	return func(v T, _ *model.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// room is a team with a public channel, and two members who hear each other.
type room struct {
	admin, second member
	team          *model.Team
	channel       *model.Channel
}

// furnish makes the first admin by the link, a team, a second user, and a public channel that the second one joins.
func furnish(t *testing.T, c *machine.Customer) room {
	t.Helper()
	ctx := t.Context()
	r := room{admin: listen(t, c, c.Admin(t))}
	if !r.admin.user.IsSystemAdmin() || r.admin.user.Email != c.Email {
		t.Fatalf("the link signed in %s with roles %q", r.admin.user.Email, r.admin.user.Roles)
	}
	r.team = must[*model.Team](t)(r.admin.CreateTeam(ctx, &model.Team{Name: "house", DisplayName: "House", Type: model.TeamOpen}))
	password := rand.Text()
	made := must[*model.User](t)(r.admin.CreateUser(ctx, &model.User{Email: "second@" + c.Slug + ".example", Username: "second", Password: password}))
	must[*model.TeamMember](t)(r.admin.AddTeamMember(ctx, r.team.Id, made.Id))
	client := c.Client()
	must[*model.User](t)(client.Login(ctx, made.Email, password))
	r.second = listen(t, c, client)
	r.channel = must[*model.Channel](t)(r.admin.CreateChannel(ctx, &model.Channel{TeamId: r.team.Id, Name: "hearth", DisplayName: "Hearth", Type: model.ChannelTypeOpen}))
	must[*model.ChannelMember](t)(r.second.AddChannelMember(ctx, r.channel.Id, r.second.user.Id))
	r.admin.expect(t, model.WebsocketEventUserAdded, func(e *model.WebSocketEvent) bool { return e.GetData()["user_id"] == r.second.user.Id })
	return r
}

// talk posts, edits, replies, reacts and exchanges a file, each seen by the other one.
func talk(t *testing.T, r room) {
	t.Helper()
	ctx := context.Background()
	post := must[*model.Post](t)(r.admin.CreatePost(ctx, &model.Post{ChannelId: r.channel.Id, Message: "the fire is lit"}))
	r.second.expect(t, model.WebsocketEventPosted, holds("post", post.Id))
	edited := "the fire burns"
	must[*model.Post](t)(r.admin.PatchPost(ctx, post.Id, &model.PostPatch{Message: &edited}))
	r.second.expect(t, model.WebsocketEventPostEdited, holds("post", edited))
	reply := must[*model.Post](t)(r.second.CreatePost(ctx, &model.Post{ChannelId: r.channel.Id, RootId: post.Id, Message: "I see it"}))
	r.admin.expect(t, model.WebsocketEventPosted, holds("post", reply.Id))
	must[*model.Reaction](t)(r.second.SaveReaction(ctx, &model.Reaction{UserId: r.second.user.Id, PostId: post.Id, EmojiName: "fire"}))
	r.admin.expect(t, model.WebsocketEventReactionAdded, holds("reaction", post.Id))

	content := bytes.Repeat([]byte("smoke "), 50_000)
	uploaded := must[*model.FileUploadResponse](t)(r.second.UploadFile(ctx, content, r.channel.Id, "smoke.txt"))
	file := uploaded.FileInfos[0].Id
	with := must[*model.Post](t)(r.second.CreatePost(ctx, &model.Post{ChannelId: r.channel.Id, Message: "smoke", FileIds: []string{file}}))
	r.admin.expect(t, model.WebsocketEventPosted, holds("post", with.Id))
	if got := must[[]byte](t)(r.admin.GetFile(ctx, file)); !bytes.Equal(got, content) {
		t.Fatalf("the file came back with %d bytes, not the %d that were sent", len(got), len(content))
	}
	list := must[*model.PostList](t)(r.second.GetPostsForChannel(ctx, r.channel.Id, 0, 60, "", false, false))
	if list.Posts[post.Id] == nil || list.Posts[post.Id].Message != edited || list.Posts[reply.Id] == nil {
		encoded, _ := json.Marshal(list)
		t.Fatalf("the channel's posts are %s", encoded)
	}
}

// leave signs the second user out: the token opens nothing any more.
func leave(t *testing.T, r room) {
	t.Helper()
	if _, err := r.second.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.second.SetToken(r.second.AuthToken)
	if _, resp, err := r.second.GetMe(t.Context(), ""); err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("after log-out the token still opens the workspace: %v", err)
	}
}
