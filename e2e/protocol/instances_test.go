package protocol

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// Two instances on one database are one workspace to those who are connected to either.
func TestTwoInstancesAreOneWorkspace(t *testing.T) {
	t.Parallel()
	a, ada, ben, channel := talk(t)
	b := a.beside()
	meet(a, b)
	ctx := t.Context()
	ben.socket.Close()
	ben = b.signIn("ben", "bens-password")
	phone := &client{Client4: b.as(ada.AuthToken), t: t} // ada's second device
	phone.listen(b)

	said := ada.say(channel, "from a")
	for _, c := range []*client{ada, ben, phone} {
		c.posted(said.Id)
	}
	ok[*model.Reaction](t)(ben.SaveReaction(ctx, &model.Reaction{UserId: ben.me.Id, PostId: said.Id, EmojiName: "wave"}))
	ada.expect(model.WebsocketEventReactionAdded)
	ben.socket.UserTyping(channel, "")
	if e := ada.expect(model.WebsocketEventTyping); e.GetData()["user_id"] != ben.me.Id {
		t.Errorf("typing says %v", e.GetData())
	}
	answer := ben.say(channel, "@ada from b")
	if e := mentioned(ada, answer.Id); e != `["`+ada.me.Id+`"]` {
		t.Errorf("ada was mentioned as %q", e)
	}
	phone.posted(answer.Id)
	if _, _, err := ada.ViewChannel(ctx, ada.me.Id, &model.ChannelView{ChannelId: channel}); err != nil {
		t.Fatal(err)
	}
	phone.expect(model.WebsocketEventMultipleChannelsViewed)

	// Who comes into a channel at one instance hears it at the other, and who is put out of it hears no more.
	hidden := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: ok[*model.Channel](t)(ada.GetChannel(ctx, channel)).TeamId, Name: "hidden", DisplayName: "Hidden", Type: model.ChannelTypePrivate}))
	ok[*model.ChannelMember](t)(ada.AddChannelMember(ctx, hidden.Id, ben.me.Id))
	ben.posted(ada.say(hidden.Id, "between us").Id)
	if _, err := ada.RemoveUserFromChannel(ctx, hidden.Id, ben.me.Id); err != nil {
		t.Fatal(err)
	}
	ben.expect(model.WebsocketEventUserRemoved)
	unheard := ada.say(hidden.Id, "without ben")
	heard := ada.say(channel, "with ben")
	for {
		p := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
		if p.Id == unheard.Id {
			t.Error("ben hears what he was put out of")
		}
		if p.Id == heard.Id {
			break
		}
	}
	if got := ok[[]*model.Status](t)(b.as(ada.AuthToken).GetUsersStatusesByIds(ctx, []string{ada.me.Id})); got[0].Status != model.StatusOnline {
		t.Errorf("b says that ada is %s", got[0].Status)
	}
	// A session that ends at one instance has no socket at the other.
	if _, err := ada.RevokeAllSessions(ctx, ben.me.Id); err != nil {
		t.Fatal(err)
	}
	for range ben.socket.EventChannel { // until it is closed
	}
}

func mentioned(c *client, post string) string {
	c.t.Helper()
	for {
		e := c.expect(model.WebsocketEventPosted)
		if inner[*model.Post](c.t, e, "post").Id == post {
			names, _ := e.GetData()["mentions"].(string)
			return names
		}
	}
}

// writer posts one message after another, at whichever instance answers, until it is told to stop. What is not answered is asked for again by the
// same pending id.
func writer(t *testing.T, user *client, channel, name string, stop chan struct{}, at ...*workspace) (said []string) {
	clients := make([]*model.Client4, len(at))
	for i, w := range at {
		clients[i] = w.as(user.AuthToken)
	}
	for n := 0; ; n++ {
		select {
		case <-stop:
			return said
		default:
		}
		text := fmt.Sprintf("%s %d", name, n)
		for try := 0; ; try++ {
			_, _, err := clients[try%len(clients)].CreatePost(t.Context(), &model.Post{ChannelId: channel, Message: text, PendingPostId: user.me.Id + ":" + text})
			if err == nil {
				said = append(said, text)
				break
			}
			if try == 200 {
				t.Errorf("%q is never answered: %v", text, err)
				return said
			}
		}
	}
}

// Of two instances one is killed while everybody writes. Whoever was connected to it goes on at the other, and everybody has every message, once.
func TestNothingIsMissedWhenAnInstanceIsKilled(t *testing.T) {
	t.Parallel()
	a, ada, ben, channel := talk(t)
	b := a.beside()
	meet(a, b)
	atA, atB := follow(t, a, ada.AuthToken, channel), follow(t, b, ben.AuthToken, channel)
	stop := make(chan struct{})
	said := make([][]string, 2)
	var writing sync.WaitGroup
	writing.Go(func() { said[0] = writer(t, ada, channel, "ada", stop, a, b) })
	writing.Go(func() { said[1] = writer(t, ben, channel, "ben", stop, b) })
	wait(t, "both have heard a lot", func() bool { return len(atA.messages()) > 100 && len(atB.messages()) > 100 })

	atA.moveTo(b)
	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-a.ended
	a.cmd = nil
	heard := len(atA.messages())
	wait(t, "who was at a hears again", func() bool { return len(atA.messages()) > heard+100 })
	// The last words of a may have reached nobody. Once that can be known, those at b fetch what they have.
	wait(t, "who was at b has begun anew", func() bool { n, _ := atB.counts(); return n > 1 })
	close(stop)
	writing.Wait()
	for name, f := range map[string]*follower{"who was at a": atA, "who was at b": atB} {
		want := len(said[0]) + len(said[1])
		wait(t, name+" has everything", func() bool { return len(f.messages()) >= want })
		if _, twice := f.counts(); len(twice) > 0 {
			t.Errorf("%s was told twice: %v", name, twice)
		}
		for i, of := range []string{"ada", "ben"} {
			var got []string
			for _, m := range f.messages() {
				if m[:3] == of {
					got = append(got, m)
				}
			}
			if !slices.Equal(got, said[i]) {
				t.Errorf("%s has %d messages of %s, of %d", name, len(got), of, len(said[i]))
			}
		}
	}
}

func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !is(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}
