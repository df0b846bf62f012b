package kill

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// sleepThrough stops a worker in the middle of a step, as a machine that hangs does, lets another one end the
// operation, wakes the first one up, and expects that it does nothing more.
func (l *line) sleepThrough(t *testing.T, faults, place, want string, args ...string) {
	t.Helper()
	sleeper := l.Worker(t, faults+"stop:"+place)
	id := l.ask(t, args...)
	machine.Eventually(t, 20*time.Second, "the worker to fall asleep at "+place, func() error {
		if !sleeper.Halted() {
			return errors.New("it is awake")
		}
		return nil
	})
	heir := l.Worker(t, faults)
	before := l.Ended(t, l.customer.Token, id)
	if before.State != want {
		t.Errorf("%s: the operation ended %s, not %s: %+v", place, before.State, want, before.Steps)
	}
	sleeper.Signal(t, syscall.SIGCONT)
	sleeper.Stop(t)
	heir.Stop(t)
	if after := l.Ended(t, l.customer.Token, id); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%s: the sleeper changed the operation from %+v to %+v", place, before, after)
	}
	l.NoOrphans(t)
}

func TestAWorkerThatSleptPastItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	remove := []string{"route", "instance", "database", "buckets", "storage"}
	for i, step := range []string{"storage", "database", "buckets", "schema", "instance", "ready", "first-admin", "route"} {
		slug := "sleep-" + step
		l.sleepThrough(t, "", "provision/"+step+"/in", "succeeded", "workspaces", "create", "--slug", slug)
		l.answers(t, slug)
		l.sleepThrough(t, "", "delete/"+remove[i%len(remove)]+"/in", "succeeded", "workspaces", "delete", slug, "--now", "--yes")
	}
	own := l.customer.Slug
	for i, step := range []string{"instance", "ready", "route"} {
		l.sleepThrough(t, "", "stop/"+[]string{"route", "instance"}[i%2]+"/in", "succeeded", "workspaces", "stop", own)
		l.sleepThrough(t, "", "start/"+step+"/in", "succeeded", "workspaces", "start", own)
		l.answers(t, own)
	}
}

// The heir takes back what the sleeper was making when it fell asleep.
func TestAWorkerThatSleptMakesNothingThatWasTakenBack(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	for _, step := range []string{"storage", "database", "buckets", "schema", "instance", "ready", "first-admin", "route"} {
		l.sleepThrough(t, "fail:provision/"+step+"/after,", "provision/"+step+"/in", "undone", "workspaces", "create", "--slug", "taken-back")
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
