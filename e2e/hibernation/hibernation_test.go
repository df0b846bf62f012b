package hibernation

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// workspace is what `longhouse workspaces show` prints.
type workspace struct {
	State        string     `json:"state"`
	HibernatedAt *time.Time `json:"hibernated_at"`
	WakeAt       *time.Time `json:"wake_at"`
	Wakes        int        `json:"wakes"`
	LastWakeMS   int        `json:"last_wake_ms"`
	Instance     any        `json:"instance"`
}

func shown(t *testing.T, c *machine.Customer) (ws workspace) {
	t.Helper()
	c.Machine.CLI(t, c.Token, &ws, "workspaces", "show", c.Slug)
	return ws
}

func hibernate(t *testing.T, c *machine.Customer) {
	t.Helper()
	machine.Eventually(t, 10*time.Second, "the operation to end by which it runs", func() error {
		if ws := shown(t, c); ws.State != "running" { // whoever it was woken for is served before that
			return fmt.Errorf("it is %s", ws.State)
		}
		return nil
	})
	c.Machine.CLI(t, c.Token, nil, "workspaces", "hibernate", c.Slug, "--wait")
	if ws := shown(t, c); ws.State != "hibernated" || ws.HibernatedAt == nil || ws.Instance != nil {
		t.Fatalf("it does not rest: %+v", ws)
	}
}

// visit asks for something and returns how long the first byte of the answer took.
func visit(c *machine.Customer) (time.Duration, error) {
	began := time.Now()
	resp, err := c.Machine.HTTP().Get(c.Workspace.URL + "/api/v4/system/ping")
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return took, err
}

const rounds = 20

func TestARequestWakesAHibernatedWorkspace(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "sleeper")
	var took []time.Duration
	var slowest map[string]string
	for range rounds {
		hibernate(t, c)
		d, err := visit(c)
		if err != nil {
			t.Fatal(err)
		}
		if took = append(took, d); d == slices.Max(took) {
			slowest = steps(t, c)
		}
	}
	slices.Sort(took)
	ws := shown(t, c)
	if ws.State != "running" || ws.Wakes != rounds || ws.HibernatedAt != nil || ws.LastWakeMS == 0 {
		t.Errorf("%+v", ws)
	}
	t.Logf("first byte of a hibernated workspace: p50 %s, least %s, most %s; the control plane says that the last wake took %d ms",
		took[rounds/2], took[0], took[rounds-1], ws.LastWakeMS)
	for _, wake := range []map[string]string{slowest, steps(t, c)} {
		t.Logf("the slowest, and the last: %v", wake)
	}
	m.NoOrphans(t)
}

// steps are how long those of the newest wake took.
func steps(t *testing.T, c *machine.Customer) map[string]string {
	t.Helper()
	var ops []struct{ ID, Kind string }
	c.Machine.CLI(t, c.Token, &ops, "operations", "list", "--workspace", c.Slug)
	var op struct {
		CreatedAt  time.Time `json:"created_at"`
		StartedAt  time.Time `json:"started_at"`
		FinishedAt time.Time `json:"finished_at"`
		Steps      []struct {
			Name       string
			StartedAt  time.Time `json:"started_at"`
			FinishedAt time.Time `json:"finished_at"`
		}
	}
	for _, o := range ops {
		if o.Kind == "wake" {
			c.Machine.CLI(t, c.Token, &op, "operations", "show", o.ID)
			break
		}
	}
	took := map[string]string{"until a worker began": op.StartedAt.Sub(op.CreatedAt).String(), "the operation": op.FinishedAt.Sub(op.CreatedAt).String()}
	for _, s := range op.Steps {
		took["the step "+s.Name] = s.FinishedAt.Sub(s.StartedAt).String()
	}
	return took
}

func TestWhoComesTogetherIsServedByOneWake(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "crowd")
	hibernate(t, c)
	var together sync.WaitGroup
	for range 30 {
		together.Go(func() {
			if _, err := visit(c); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	if ws := shown(t, c); ws.Wakes != 1 {
		t.Errorf("%+v", ws)
	}
}

func TestAWorkspaceInUseGoesOnAndWhatIsDueWakesIt(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "worker")
	admin := c.Admin(t)
	dialer := &websocket.Dialer{NetDialContext: m.Dial}
	socket, err := model.NewWebSocketClient4WithDialer(dialer, "ws"+strings.TrimPrefix(c.Workspace.URL, "http"), admin.AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	socket.Listen()
	var refused struct {
		Operation struct{ State, Message string } `json:"operation"`
	}
	stdout, _, err := m.TryCLI(c.Token, "workspaces", "hibernate", c.Slug, "--wait")
	if err == nil || json.Unmarshal(stdout, &refused) != nil || refused.Operation.State != "undone" || !strings.Contains(refused.Operation.Message, "web sockets are open (1)") {
		t.Errorf("with a web socket open: %v, %s", err, stdout)
	}
	socket.Close()
	machine.Eventually(t, 10*time.Second, "it to rest", func() error {
		_, _, err := m.TryCLI(c.Token, "workspaces", "hibernate", c.Slug, "--wait")
		return err
	})
	m.CLI(t, c.Token, nil, "workspaces", "wake", c.Slug, "--wait")
	remind(t, admin, time.Now().Add(75*time.Second))
	hibernate(t, c)
	if ws := shown(t, c); ws.WakeAt == nil || time.Until(*ws.WakeAt) > 75*time.Second {
		t.Fatalf("%+v", ws)
	}
	machine.Eventually(t, 90*time.Second, "it to be woken for what is due", func() error {
		if ws := shown(t, c); ws.State != "running" || ws.Wakes != 2 {
			return fmt.Errorf("%+v", ws)
		}
		return nil
	})
}

// remind has the admin reminded of a post of their own.
func remind(t *testing.T, admin *model.Client4, at time.Time) {
	t.Helper()
	ctx := context.Background()
	me, _, err := admin.GetMe(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := admin.CreateDirectChannel(ctx, me.Id, me.Id)
	if err != nil {
		t.Fatal(err)
	}
	post, _, err := admin.CreatePost(ctx, &model.Post{ChannelId: channel.Id, Message: "tea"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.SetPostReminder(ctx, &model.PostReminder{TargetTime: at.Unix(), PostId: post.Id, UserId: me.Id}); err != nil {
		t.Fatal(err)
	}
}
