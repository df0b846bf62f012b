package hostile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// neighbours are members at work in other workspaces.
type neighbours struct {
	desks []*desk
}

// desk is where one of them works.
type desk struct {
	client  *model.Client4
	unknown func() *model.Client4 // to the same workspace, and not signed in
	channel string
	user    *model.User
	file    string // what was uploaded last
	next    int    // of the day's tasks
}

const (
	password  = "a-Long-passw0rd"
	fileBytes = 64 << 10
)

func moveIn(t *testing.T, customers ...*machine.Customer) *neighbours {
	t.Helper()
	n := &neighbours{}
	ctx := t.Context()
	for _, c := range customers {
		d := &desk{client: c.Admin(t), unknown: c.Client}
		team, _, err := d.client.CreateTeam(ctx, &model.Team{Name: "team", DisplayName: "Team", Type: model.TeamOpen})
		if err != nil {
			t.Fatal(err)
		}
		channel, _, err := d.client.GetChannelByName(ctx, "town-square", team.Id, "")
		if err != nil {
			t.Fatal(err)
		}
		d.channel = channel.Id
		if d.user, _, err = d.client.CreateUser(ctx, &model.User{Username: "neighbour", Email: "neighbour@" + c.Slug + ".example", Password: password}); err != nil {
			t.Fatal(err)
		}
		if err := d.upload(ctx); err != nil {
			t.Fatal(err)
		}
		n.desks = append(n.desks, d)
	}
	return n
}

func (d *desk) post(ctx context.Context) error {
	_, _, err := d.client.CreatePost(ctx, &model.Post{ChannelId: d.channel, Message: fmt.Sprintf("Said at %s.", time.Now())})
	return err
}

func (d *desk) page(ctx context.Context) error {
	list, _, err := d.client.GetPostsForChannel(ctx, d.channel, 0, 30, "", false, false)
	if err == nil && len(list.Order) == 0 {
		return errors.New("the channel is empty")
	}
	return err
}

func (d *desk) me(ctx context.Context) error {
	_, _, err := d.client.GetMe(ctx, "")
	return err
}

func (d *desk) upload(ctx context.Context) error {
	content := make([]byte, fileBytes)
	_, _ = rand.Read(content)
	sent, _, err := d.client.UploadFile(ctx, content, d.channel, "file.bin")
	if err == nil {
		d.file = sent.FileInfos[0].Id
	}
	return err
}

func (d *desk) download(ctx context.Context) error {
	content, _, err := d.client.GetFile(ctx, d.file)
	if err == nil && len(content) != fileBytes {
		return fmt.Errorf("%d bytes came back", len(content))
	}
	return err
}

func (d *desk) signIn(ctx context.Context) error {
	client := d.unknown()
	defer client.HTTPClient.CloseIdleConnections() // of which nobody has more than the edge lets in
	_, _, err := client.Login(ctx, d.user.Email, password)
	return err
}

// day is what a neighbour does, in this order, again and again.
var day = []struct {
	kind string
	do   func(*desk, context.Context) error
}{
	{"sign-in", (*desk).signIn}, {"page", (*desk).page}, {"post", (*desk).post}, {"me", (*desk).me}, {"page", (*desk).page}, {"upload", (*desk).upload},
	{"page", (*desk).page}, {"post", (*desk).post}, {"me", (*desk).me}, {"page", (*desk).page}, {"download", (*desk).download}, {"page", (*desk).page},
	{"post", (*desk).post}, {"me", (*desk).me}, {"page", (*desk).page}, {"post", (*desk).post}, {"page", (*desk).page}, {"me", (*desk).me},
}

// work has every neighbour work until done is closed, and each has had a whole day at least. It gives how long what took, and
// the first failure.
func (n *neighbours) work(ctx context.Context, done <-chan struct{}) (took times, failed error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	took = times{}
	for _, d := range n.desks {
		all.Go(func() {
			for i := 0; ; i++ {
				if i >= len(day) {
					select {
					case <-done:
						return
					default:
					}
				}
				task := day[d.next%len(day)]
				d.next++
				began := time.Now()
				err := task.do(d, ctx)
				mu.Lock()
				took[task.kind] = append(took[task.kind], time.Since(began))
				if err != nil && failed == nil {
					failed = fmt.Errorf("%s: %w", task.kind, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return took, failed
}

// quiet is such work for so long, while nobody attacks.
func (n *neighbours) quiet(t *testing.T, lasts time.Duration) times {
	t.Helper()
	over, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	took, err := n.work(t.Context(), over.Done())
	if err != nil {
		t.Errorf("a neighbour got an error while all was quiet: %v", err)
	}
	return took
}
