package self

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

func TestUpgradeRefusesNoConnection(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	admin := c.Admin(t)
	socket := connect(t, m, c, admin)
	before := map[string]int{}
	for _, child := range []string{"edge", "control", "worker-a", "worker-b", "solo-a", "solo-b", "agent", "pg-control", "pg-cell"} {
		before[child] = m.Child(t, child)
	}
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping", "API": m.Up.API + "/healthz"})
	asking.After(t, 10, "workspace", "API")

	if out, err := m.Upgrade(t, m.Newer(t)); err != nil {
		t.Fatalf("upgrade: %v\n%s", err, out)
	}
	asking.After(t, 10, "workspace", "API")
	asking.End(t)

	for child, pid := range before {
		if same := m.Child(t, child) == pid; same != strings.HasPrefix(child, "pg-") {
			t.Errorf("%s is the same process: %v", child, same)
		}
	}
	select {
	case <-socket: // the old edge has told it to come again
	case <-time.After(30 * time.Second):
		t.Error("the web socket of the old edge is still open")
	}
	if _, _, err := admin.GetMe(context.Background(), ""); err != nil {
		t.Errorf("the session is gone: %v", err)
	}
	m.SignUp(t, "fir")
	m.NoOrphans(t)
}

// connect opens a web socket, and returns what is closed when it ends.
func connect(t *testing.T, m *machine.Machine, c *machine.Customer, admin *model.Client4) <-chan struct{} {
	t.Helper()
	dialer := &websocket.Dialer{NetDialContext: m.Dial}
	ws, err := model.NewWebSocketClient4WithDialer(dialer, strings.Replace(c.Workspace.URL, "http", "ws", 1), admin.AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	ws.Listen()
	t.Cleanup(ws.Close)
	closed := make(chan struct{})
	go func() {
		for range ws.EventChannel {
		}
		close(closed)
	}()
	return closed
}

func TestUpgradeThatCannotBringEverythingUpIsTakenBack(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	bin := m.Newer(t)
	if err := os.WriteFile(filepath.Join(bin, "workspace-server"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping", "API": m.Up.API + "/healthz"})
	out, err := m.Upgrade(t, bin)
	if err == nil || !strings.Contains(string(out), "the upgrade failed, and the version before goes on: ask ") {
		t.Fatalf("upgrade: %v\n%s", err, out)
	}
	asking.After(t, 10, "workspace", "API")
	asking.End(t)
	machine.Eventually(t, time.Minute, "the version before to be back", func() error {
		_, err := m.Upgrade(t, m.Bin) // refuses to do anything for the version that runs
		return err
	})
	m.SignUp(t, "fir")

	next := m.Newer(t)
	if out, err := m.Upgrade(t, next); err != nil {
		t.Fatalf("upgrade: %v\n%s", err, out)
	}
	m.SignUp(t, "oak")
	const used = "select w.slug || ' ' || r.sha256 from workspaces w join releases r on r.id = w.release_id order by w.id"
	want := []string{"elm " + machine.Sum(t, m.Bin), "fir " + machine.Sum(t, m.Bin), "oak " + machine.Sum(t, next)}
	if got := m.Value(t, used); got != strings.Join(want, "\n") {
		t.Errorf("the workspaces run\n%s\nand should\n%s", got, strings.Join(want, "\n"))
	}
}

func TestKilledEdgeAndAPIRefuseNoConnection(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	for child, url := range map[string]string{"edge": c.Workspace.URL + "/api/v4/system/ping", "control": m.Up.API + "/healthz"} {
		client := &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DialContext: m.Dial, DisableKeepAlives: true}}
		for range 3 {
			pid := m.Child(t, child)
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			machine.Eventually(t, 10*time.Second, child+" to be dead", func() error {
				if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && len(data) > 0 {
					return fmt.Errorf("it runs")
				}
				return nil
			})
			resp, err := client.Get(url) // nobody is there to take it, and it is not refused
			if err != nil {
				t.Fatalf("%s was killed: %v", child, err)
			}
			_ = resp.Body.Close()
			machine.Eventually(t, 10*time.Second, "the next record of "+child, func() error {
				if m.Child(t, child) == pid {
					return fmt.Errorf("it names the one that was killed")
				}
				return nil
			})
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s was killed, and answers %s", child, resp.Status)
			}
		}
	}
}
