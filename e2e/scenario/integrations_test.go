package scenario

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// program answers at one address of this machine, and counts what reaches it.
func program(t *testing.T, at string) (url string, reached *atomic.Int32) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", at+":0")
	if err != nil {
		t.Fatal(err)
	}
	reached = new(atomic.Int32)
	web := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, "here")
	})}}
	web.Start()
	t.Cleanup(web.Close)
	return web.URL, reached
}

// A workspace's instance makes no connection itself: it calls what the agent connects it to, which is what the operator allows, and
// never the store beside it, to which it is connected too.
func TestAWorkspaceCallsWhatItsOperatorAllows(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--internet", "127.0.0.2")
	team := m.Settle(t, "caller")
	ctx := t.Context()
	allowed, called := program(t, "127.0.0.2")
	inside, reached := program(t, "127.0.0.1")
	channel, _, err := team.Session.GetChannel(ctx, team.Channel)
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(m.Dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	store := regexp.MustCompile(`(?m)^s3 = ["'](.+)["']`).FindStringSubmatch(string(config))
	if store == nil {
		t.Fatalf("no store in %s", config)
	}
	for name, c := range map[string]struct {
		url   string
		works bool
	}{"allowed": {allowed, true}, "inside": {inside, false}, "byname": {strings.Replace(inside, "127.0.0.1", "localhost", 1), false}, "mapped": {strings.Replace(inside, "127.0.0.1", "[::ffff:127.0.0.1]", 1), false},
		"store": {"http://" + store[1], false}} {
		if _, _, err := team.Session.CreateCommand(ctx, &model.Command{TeamId: channel.TeamId, Trigger: name, Method: model.CommandMethodGet, URL: c.url}); err != nil {
			t.Fatal(err)
		}
		got, answer, err := team.Session.ExecuteCommand(ctx, team.Channel, "/"+name)
		switch {
		case c.works && (err != nil || got.Text != "here"):
			t.Errorf("%s: %+v (%v)", name, got, err)
		case !c.works && (err == nil || answer.StatusCode != http.StatusBadRequest || !strings.Contains(err.Error(), "could not be called")):
			t.Errorf("%s: %+v (%v)", name, got, err)
		}
	}
	if called.Load() != 1 || reached.Load() != 0 {
		t.Errorf("called %d times, and inside %d", called.Load(), reached.Load())
	}
}
