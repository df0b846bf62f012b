package hostile

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// A server that may do little still takes what it can't hold in memory: its own folder is there for that.
func TestConfinedServerTakesLargeFiles(t *testing.T) {
	m := machine.Start(t)
	want := make([]byte, 24<<20)
	_, _ = rand.Read(want)
	upload(t, m.SignUp(t, "elm"), want, "team")
}

// upload has a workspace keep a file in a new team, and looks whether it comes back.
func upload(t *testing.T, c *machine.Customer, want []byte, team string) {
	t.Helper()
	client, ctx := c.Admin(t), t.Context()
	in, _, err := client.CreateTeam(ctx, &model.Team{Name: team, DisplayName: "Team", Type: model.TeamOpen})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := client.GetChannelByName(ctx, "town-square", in.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	sent, _, err := client.UploadFile(ctx, want, channel.Id, "file.bin")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := client.GetFile(ctx, sent.FileInfos[0].Id)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
}
