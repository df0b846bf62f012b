package adoption

import (
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// While there is no agent nobody makes connections: what needs one waits for the next agent, and is not lost.
func TestWhatNeedsAConnectionWhileTheAgentIsReplacedIsOnlyLater(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	client := m.SignUp(t, "elm").Admin(t)
	ctx := t.Context()
	team, _, err := client.CreateTeam(ctx, &model.Team{Name: "team", DisplayName: "Team", Type: model.TeamOpen})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := client.GetChannelByName(ctx, "town-square", team.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var work sync.WaitGroup
	for range 8 { // as many as the server has connections to its database
		work.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				if _, _, err := client.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "hello"}); err != nil {
					t.Errorf("post %d: %v", n, err)
					return
				}
			}
		})
	}
	for range 3 {
		old := m.Child(t, "agent")
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if _, _, err := client.UploadFile(ctx, []byte("x"), channel.Id, "x"); err != nil { // the first time over a connection that there isn't yet
			t.Errorf("a file: %v", err)
		}
		machine.Eventually(t, 30*time.Second, "the agent to come back", func() error {
			if m.Child(t, "agent") == old {
				return errors.New("its record is still of the one that was killed")
			}
			return nil
		})
	}
	close(over)
	work.Wait()
}
