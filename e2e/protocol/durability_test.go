package protocol

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

// cluster is a PostgreSQL of a test's own, which does wait for its disk, to be killed.
type cluster struct {
	t     *testing.T
	at    embedded.Cluster
	how   embedded.Command
	cmd   *exec.Cmd
	ended chan struct{}
	chat  string // the source of a database in it
}

func ownCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, at: embedded.Cluster{Name: "durability", Dir: filepath.Join(dir, "data"), SocketDir: filepath.Join(dir, "run"), PasswordFile: filepath.Join(dir, "password"),
		MaxConnections: 50, SharedBuffersMiB: 64, AutovacuumNaptime: time.Minute}}
	if c.how, err = c.at.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.start()
	t.Cleanup(c.kill)
	admin, err := c.at.SuperuserDSN("postgres")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "create database chat"); err != nil {
		t.Fatal(err)
	}
	if c.chat, err = c.at.SuperuserDSN("chat"); err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts the server again and again until it runs: one that was killed has to be gone altogether, with its sessions.
func (c *cluster) start() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		c.cmd = c.how.Process()
		if err := c.cmd.Start(); err != nil {
			c.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = c.cmd.Wait(); close(ended) }()
		attempt, enough := context.WithCancel(ctx)
		go func() {
			select {
			case <-ended:
				enough()
			case <-attempt.Done():
			}
		}()
		err := c.at.Ready(attempt)
		enough()
		if err == nil {
			c.ended = ended
			return
		}
		<-ended
	}
	c.t.Fatal("PostgreSQL does not start again")
}

// kill ends the server and all of its sessions at once, as a machine does that loses its power.
func (c *cluster) kill() {
	pid := strconv.Itoa(c.cmd.Process.Pid)
	sessions, _ := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	_ = c.cmd.Process.Kill()
	for _, s := range strings.Fields(string(sessions)) {
		if n, err := strconv.Atoi(s); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
	<-c.ended
}

// Whatever is killed while people write: what was acknowledged is there, once, and what is counted is what there is.
func TestNothingAcknowledgedIsLostWhenEverythingIsKilled(t *testing.T) {
	t.Parallel()
	db := ownCluster(t)
	w := start(t, "MM_SQLSETTINGS_DATASOURCE="+db.chat)
	ada := w.openByLink(w.firstAdmin())
	ctx := t.Context()
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamOpen}))
	channel := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "timber", DisplayName: "Timber", Type: model.ChannelTypeOpen}))
	root := ada.say(channel.Id, "the beginning")
	const writers = 4
	var said [writers]map[string]string // id of what was acknowledged, to its text
	var count atomic.Int64
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for n := range writers {
		said[n] = map[string]string{}
		user := ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: fmt.Sprint("writer", n), Email: fmt.Sprintf("w%d@example.com", n), Password: "writers-password"}))
		ok[*model.TeamMember](t)(ada.AddTeamMember(ctx, team.Id, user.Id))
		ok[*model.ChannelMember](t)(ada.AddChannelMember(ctx, channel.Id, user.Id))
		c := w.as("")
		ok[*model.User](t)(c.Login(ctx, user.Username, "writers-password"))
		writing.Go(func() { writeOn(t, c, user.Id, channel.Id, root.Id, said[n], &count, stop) })
	}
	for round := range 4 {
		before := count.Load()
		wait(t, "people write", func() bool { return count.Load() > before+200 })
		if round%2 == 0 {
			db.kill()
			db.start()
			continue
		}
		if err := w.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-w.ended
		w.serve()
	}
	before := count.Load()
	wait(t, "people write again", func() bool { return count.Load() > before+200 })
	close(stop)
	writing.Wait()
	db.compare(said[:], channel.Id)
}

// writeOn posts until it is told to stop, replies among it and mentions. What is not answered is asked for again by the same pending id.
func writeOn(t *testing.T, c *model.Client4, user, channel, root string, said map[string]string, count *atomic.Int64, stop chan struct{}) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for n := 0; ; n++ {
		p := &model.Post{ChannelId: channel, Message: fmt.Sprintf("@ada %s %d", user, n), PendingPostId: fmt.Sprintf("%s:%d", user, n)}
		if n%3 == 0 {
			p.RootId = root
		}
		for {
			made, resp, err := c.CreatePost(t.Context(), p)
			if err == nil {
				said[made.Id] = p.Message
				count.Add(1)
				break
			}
			if resp != nil && resp.StatusCode >= 400 && resp.StatusCode < http.StatusInternalServerError {
				t.Errorf("refused: %v", err)
				return
			}
			select {
			case <-again.C:
			case <-stop: // nobody promised anything of this one
				return
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// compare reads the database itself.
func (c *cluster) compare(said []map[string]string, channel string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.chat)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	texts := map[string]int{}
	rows, err := conn.Query(c.t.Context(), "select message from posts where type = '' and message like '@ada %'")
	if err != nil {
		c.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		c.t.Fatal(err)
	}
	for _, text := range list {
		if texts[text]++; texts[text] > 1 {
			c.t.Errorf("%q is there %d times", text, texts[text])
		}
	}
	total := 0
	for _, by := range said {
		for id, text := range by {
			if total++; texts[text] == 0 {
				c.t.Errorf("%s %q was acknowledged and is lost", id, text)
			}
		}
	}
	if unanswered := len(list) - total; unanswered < 0 || unanswered > len(said) {
		c.t.Errorf("%d posts are there, %d were acknowledged, to %d who each wait for one at most", len(list), total, len(said))
	}
	for what, sql := range map[string]string{
		"channels' numbers":     "select count(*) from channels c where seq <> (select count(*) from posts p where p.channel_id = c.id and p.type = '')",
		"channels' roots":       "select count(*) from channels c where root_seq <> (select count(*) from posts p where p.channel_id = c.id and p.type = '' and p.root_id is null)",
		"replies":               "select count(*) from posts r where r.root_id is null and reply_count <> (select count(*) from posts p where p.root_id = r.id)",
		"mentions of a member":  "select count(*) from channel_members m join users u on u.id = m.user_id where u.username = 'ada' and m.mention_count <> (select count(*) from posts p where p.channel_id = m.channel_id and p.message like '@ada %')",
		"numbers used twice":    "select count(*) from (select channel_id, seq from posts where type = '' group by 1, 2 having count(*) > 1) as twice",
		"pending ids left over": "select count(*) from post_claims c where not exists (select from posts p where p.id = c.post_id)",
	} {
		var wrong int
		if err := conn.QueryRow(c.t.Context(), sql).Scan(&wrong); err != nil {
			c.t.Fatalf("%s: %v", what, err)
		}
		if wrong > 0 {
			c.t.Errorf("%s: %d are not as a recount says", what, wrong)
		}
	}
}
