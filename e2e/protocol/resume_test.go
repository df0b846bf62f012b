package protocol

import (
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// talk is a workspace with two people in a channel.
func talk(t *testing.T, extra ...string) (w *workspace, ada, ben *client, channel string) {
	t.Helper()
	w = start(t, extra...)
	ctx := t.Context()
	ada = w.openByLink(w.firstAdmin())
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamOpen}))
	user := ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: "ben", Email: "ben@example.com", Password: "bens-password"}))
	ok[*model.TeamMember](t)(ada.AddTeamMember(ctx, team.Id, user.Id))
	c := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "timber", DisplayName: "Timber", Type: model.ChannelTypeOpen}))
	ok[*model.ChannelMember](t)(ada.AddChannelMember(ctx, c.Id, user.Id))
	return w, ada, w.signIn("ben", "bens-password"), c.Id
}

func (c *client) say(channel, message string) *model.Post {
	c.t.Helper()
	return ok[*model.Post](c.t)(c.CreatePost(c.t.Context(), &model.Post{ChannelId: channel, Message: message}))
}

func TestSocketResumesWithoutLosingAnEvent(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ben.posted(ada.say(channel, "before").Id)
	connection, next := ben.hello.GetData()["connection_id"].(string), ben.last+1
	ben.socket.Close()
	missed := []*model.Post{ada.say(channel, "one"), ada.say(channel, "two"), ada.say(channel, "three")}
	ben.resume(w, connection, next)
	for _, p := range missed {
		ben.posted(p.Id) // checks the numbers, and that no hello restarts them
	}
	ben.posted(ada.say(channel, "after").Id)
}

func TestSocketThatMissedTooMuchStartsAnew(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	connection := ben.hello.GetData()["connection_id"].(string)
	next := ben.last + 1
	ben.socket.Close()
	for range 400 {
		ada.say(channel, "x")
	}
	ben.resume(w, connection, next)
	ben.last = -1
	if hello := ben.expect(model.WebsocketEventHello); hello.GetData()["connection_id"] == connection {
		t.Fatal("the old connection was resumed though events are gone")
	}
	ben.posted(ada.say(channel, "after").Id)
}

func TestNobodyResumesAnothersSocket(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t)
	connection := ada.hello.GetData()["connection_id"].(string)
	ben.resume(w, connection, 1)
	ben.last = -1
	if hello := ben.expect(model.WebsocketEventHello); hello.GetData()["connection_id"] == connection {
		t.Fatal("ben continues ada's connection")
	}
}

// The official client sends what is big in MessagePack.
func TestBinaryMessagesAreAnswered(t *testing.T) {
	t.Parallel()
	_, ada, ben, _ := talk(t)
	if err := ada.socket.SendBinaryMessage("get_statuses_by_ids", map[string]any{"user_ids": []string{ben.me.Id}}); err != nil {
		t.Fatal(err)
	}
	for late := time.After(30 * time.Second); ; {
		select {
		case got := <-ada.socket.ResponseChannel:
			if got.SeqReply < 2 { // to the challenge
				continue
			}
			if got.Status != model.StatusOk || got.Data[ben.me.Id] == nil {
				t.Errorf("answered %+v", got)
			}
			return
		case <-late:
			t.Fatal("not answered")
		}
	}
}
