package previous

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestReleaseIsUpgradedAndTakenBackUnderLoad: nobody's request goes wrong while one release becomes the other and is gone back to, and
// nothing of the other stays.
func TestReleaseIsUpgradedAndTakenBackUnderLoad(t *testing.T) {
	t.Parallel()
	before, now := release(t), machine.Programs(t)
	m := machine.StartFrom(t, before, "--blanks", "1")
	elm := m.Settle(t, "elm")
	elm.Say(t, "written before")
	asking := m.Ask(t, map[string]string{"workspace": elm.Workspace.URL + "/api/v4/system/ping", "API": m.Up.API + "/healthz"})
	coming := comes(t, m)

	for _, step := range []struct {
		to   string
		goTo func(*testing.T, *machine.Machine, string)
	}{{now, upgrade}, {before, goBack}, {now, goBack}} {
		coming.after(t, 1)
		step.goTo(t, m, step.to)
		asking.After(t, 10, "workspace", "API")
		coming.after(t, 2)
		onlyRuns(t, m, step.to)
	}

	asking.End(t)
	coming.end(t)
	if err := elm.Heard("written before"); err != nil {
		t.Error(err)
	}
	sound(t, m, before, now)
}

// comers sign up one after the other.
type comers struct {
	stop  context.CancelFunc
	group sync.WaitGroup
	mu    sync.Mutex
	count int
	wrong error
}

func comes(t *testing.T, m *machine.Machine) *comers {
	ctx, stop := context.WithCancel(context.Background())
	c, secret := &comers{stop: stop}, machine.Secret(t, "correct horse battery staple")
	t.Cleanup(func() { stop(); c.group.Wait() })
	c.group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			err := signUp(m, fmt.Sprintf("comer-%d", i), secret)
			c.mu.Lock()
			c.count, c.wrong = c.count+1, errors.Join(c.wrong, err)
			c.mu.Unlock()
		}
	})
	return c
}

// after waits until so many more have come.
func (c *comers) after(t *testing.T, more int) {
	t.Helper()
	come := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.count
	}
	from := come()
	machine.Eventually(t, 2*time.Minute, "more people to sign up", func() error {
		if come() < from+more {
			return fmt.Errorf("%d so far", come()-from)
		}
		return nil
	})
}

func (c *comers) end(t *testing.T) {
	t.Helper()
	c.stop()
	c.group.Wait()
	t.Logf("%d signed up", c.count)
	if c.wrong != nil {
		t.Errorf("of %d who signed up: %v", c.count, c.wrong)
	}
}

// onlyRuns fails the test where a part of the machine still runs the program of another release. API and edge may finish what they have.
func onlyRuns(t *testing.T, m *machine.Machine, bin string) {
	t.Helper()
	want := m.Installed(t, bin)
	machine.Eventually(t, time.Minute, "all parts to be of one release", func() error {
		programs, err := filepath.Glob("/proc/[0-9]*/exe")
		for _, link := range programs {
			program, failed := os.Readlink(link)
			if failed != nil || !strings.HasPrefix(program, filepath.Join(m.Dir, "releases")) || filepath.Base(program) != "longhouse" {
				continue // it has ended, or is none of the machine's
			}
			if program != want {
				err = errors.Join(err, fmt.Errorf("process %s runs %s", strings.Split(link, "/")[2], program))
			}
		}
		return err
	})
}
