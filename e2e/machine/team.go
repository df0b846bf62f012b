package machine

import (
	"context"
	"fmt"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// Team is a customer with a team and a channel to talk in.
type Team struct {
	*Customer
	Session *model.Client4 // of the first admin
	Channel string
}

// Settle has somebody sign up and make a team.
func (m *Machine) Settle(t testing.TB, slug string) *Team {
	t.Helper()
	c := m.SignUp(t, slug)
	client := c.Admin(t)
	team, _, err := client.CreateTeam(t.Context(), &model.Team{Name: slug + "-team", DisplayName: slug, Type: model.TeamOpen})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := client.GetChannelByName(t.Context(), "town-square", team.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	return &Team{c, client, channel.Id}
}

// Say posts the text, which has to work.
func (n *Team) Say(t testing.TB, text string) {
	t.Helper()
	if _, _, err := n.Session.CreatePost(t.Context(), &model.Post{ChannelId: n.Channel, Message: text}); err != nil {
		t.Fatalf("%s: post: %v", n.Slug, err)
	}
}

// Heard returns nil when all texts are there.
func (n *Team) Heard(texts ...string) error {
	posts, _, err := n.Session.GetPostsForChannel(context.Background(), n.Channel, 0, 100, "", false, false)
	if err != nil {
		return err
	}
	for _, text := range texts {
		found := false
		for _, p := range posts.Posts {
			found = found || p.Message == text
		}
		if !found {
			return fmt.Errorf("the post %q is gone", text)
		}
	}
	return nil
}
