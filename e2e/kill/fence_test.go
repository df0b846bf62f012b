package kill

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestAWorkerThatSleptPastItsLeaseChangesNothing stops a worker in the middle of a step, as a machine that hangs does,
// lets another one finish, wakes the first one up, and expects that it does nothing more.
func TestAWorkerThatSleptPastItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	for _, step := range []string{"storage", "database", "buckets", "schema", "instance", "ready", "first-admin", "route"} {
		place := "provision/" + step + "/in"
		sleeper := l.Worker(t, "stop:"+place)
		slug := "sleep-" + step
		id := l.ask(t, "workspaces", "create", "--slug", slug)
		machine.Eventually(t, 20*time.Second, "the worker to fall asleep at "+place, func() error {
			if !sleeper.Halted() {
				return errors.New("it is awake")
			}
			return nil
		})
		heir := l.Worker(t, "")
		before := l.Ended(t, l.customer.Token, id)
		if before.State != "succeeded" {
			t.Errorf("%s: the operation ended %s", place, before.State)
		}
		sleeper.Signal(t, syscall.SIGCONT)
		sleeper.Stop(t)
		heir.Stop(t)
		if after := l.Ended(t, l.customer.Token, id); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s: the sleeper changed the operation from %+v to %+v", place, before, after)
		}
		l.NoOrphans(t)
		l.answers(t, slug)
		last := l.Worker(t, "")
		l.Ended(t, l.customer.Token, l.ask(t, "workspaces", "delete", slug, "--yes"))
		last.Stop(t)
	}
}

// answers fails the test unless the workspace is served.
func (l *line) answers(t *testing.T, slug string) {
	t.Helper()
	var ws struct {
		URL string `json:"url"`
	}
	l.CLI(t, l.customer.Token, &ws, "workspaces", "show", slug)
	machine.Eventually(t, 5*time.Second, slug+" to answer", func() error {
		resp, err := l.HTTP().Get(ws.URL + "/api/v4/system/ping")
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			return errors.New(resp.Status)
		}
		return nil
	})
}
