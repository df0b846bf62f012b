package hibernation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestWhatNobodyUsesHibernates has four workspaces: one that nobody uses, one with an open web socket that says nothing, one that is visited,
// and one that is always on.
func TestWhatNobodyUsesHibernates(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--idle-after", "1m")
	unused, open, visited, always := m.SignUp(t, "unused"), m.SignUp(t, "open"), m.SignUp(t, "visited"), m.SignUp(t, "always")
	m.CLI(t, always.Token, nil, "workspaces", "set", "always", "--always-on")
	dialer := &websocket.Dialer{NetDialContext: m.Dial}
	socket, err := model.NewWebSocketClient4WithDialer(dialer, "ws"+strings.TrimPrefix(open.Workspace.URL, "http"), open.Admin(t).AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	socket.Listen()
	defer socket.Close()
	machine.Eventually(t, 4*time.Minute, "what nobody uses to hibernate", func() error {
		if _, err := visit(visited); err != nil {
			t.Fatal(err)
		}
		if ws := shown(t, unused); ws.State != "hibernated" {
			return fmt.Errorf("it is %s", ws.State)
		}
		return nil
	})
	for _, c := range []*machine.Customer{open, visited, always} {
		if ws := shown(t, c); ws.State != "running" {
			t.Errorf("%s: %+v", c.Slug, ws)
		}
	}
	if _, err := visit(unused); err != nil {
		t.Error(err)
	}
	hibernate(t, unused)
	unused.Open(t)
	if ws := shown(t, unused); ws.Wakes != 2 {
		t.Errorf("%+v", ws)
	}
	hibernate(t, unused)
	m.CLI(t, unused.Token, nil, "workspaces", "set", "unused", "--always-on")
	machine.Eventually(t, 20*time.Second, "what is always on to be woken", func() error {
		if ws := shown(t, unused); ws.State != "running" {
			return fmt.Errorf("it is %s", ws.State)
		}
		return nil
	})
}
