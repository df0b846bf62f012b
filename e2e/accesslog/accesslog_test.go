package accesslog

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// line is what `longhouse workspaces access-log --json` prints of a request.
type line struct {
	Time   time.Time
	Client string
	Path   string
	Status int
	Edge   string
}

// unwritten is how old a line may be that a kill of the edge takes: it is on the disk after 0.2 s, on a machine that has time for it.
const unwritten = time.Second

// asker asks for one path after the other, and remembers when each was answered.
type asker struct {
	customer *machine.Customer
	mu       sync.Mutex
	answered map[string]time.Time
	stop     chan struct{}
	ended    sync.WaitGroup
}

func ask(c *machine.Customer) *asker {
	a := &asker{customer: c, answered: map[string]time.Time{}, stop: make(chan struct{})}
	a.ended.Go(func() {
		client := c.Machine.HTTP()
		pace := time.NewTicker(5 * time.Millisecond)
		defer pace.Stop()
		for n := 0; ; n++ {
			select {
			case <-a.stop:
				return
			case <-pace.C:
			}
			path := fmt.Sprint("/asked/", n)
			resp, err := client.Get(c.Workspace.URL + path + "?secret")
			if err != nil { // the edge has just died
				continue
			}
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if err == nil && resp.StatusCode != http.StatusServiceUnavailable {
				a.mu.Lock()
				a.answered[path] = time.Now()
				a.mu.Unlock()
			}
		}
	})
	return a
}

func (a *asker) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.answered)
}

// more waits for so many further answers.
func (a *asker) more(t *testing.T, n int) {
	t.Helper()
	before := a.count()
	machine.Eventually(t, time.Minute, "more to be answered", func() error {
		if got := a.count() - before; got < n {
			return fmt.Errorf("%d are", got)
		}
		return nil
	})
}

// TestWhatWasAnsweredIsInTheLog kills the edge and the control plane while a workspace is used. Each request that was answered is in its tenant's
// log, once, but for those of the moment before the edge was killed.
func TestWhatWasAnsweredIsInTheLog(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "elm")
	other := m.SignUp(t, "oak")
	a := ask(c)
	a.more(t, 200)
	edge := m.Child(t, "edge")
	killed := time.Now()
	if err := syscall.Kill(edge, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	a.more(t, 200)
	for range 3 {
		if err := syscall.Kill(m.Child(t, "control"), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		a.more(t, 200)
	}
	close(a.stop)
	a.ended.Wait()
	machine.Eventually(t, 2*time.Minute, "all to be in the log", func() error { return a.compare(t, killed) })
	var list []line
	m.CLI(t, other.Token, &list, "workspaces", "access-log", other.Slug, "--limit", "0")
	for _, l := range list {
		if strings.HasPrefix(l.Path, "/asked/") {
			t.Errorf("another tenant reads %+v", l)
		}
	}
	if _, said, err := m.TryCLI(other.Token, "workspaces", "access-log", c.Workspace.ID); err == nil || !strings.Contains(string(said), "there is no such workspace") {
		t.Errorf("another tenant is told %s", said)
	}
	file := filepath.Join(t.TempDir(), "export")
	if _, said, err := m.TryCLI(c.Token, "workspaces", "access-log", c.Slug, "--export", file); err != nil || !strings.Contains(string(said), "complete up to") {
		t.Errorf("export: %v %s", err, said)
	}
}

func (a *asker) compare(t *testing.T, killed time.Time) error {
	t.Helper()
	var list []line
	a.customer.Machine.CLI(t, a.customer.Token, &list, "workspaces", "access-log", a.customer.Slug, "--limit", "0")
	seen := map[string]int{}
	for _, l := range list {
		if strings.Contains(l.Path, "secret") || l.Client != "127.0.0.1" || l.Edge == "" {
			t.Fatalf("there is %+v", l)
		}
		seen[l.Path]++
	}
	missing := 0
	for path, at := range a.answered {
		switch n := seen[path]; {
		case n > 1:
			t.Fatalf("%s is there %d times", path, n)
		case n == 0 && (at.Before(killed.Add(-unwritten)) || at.After(killed.Add(unwritten))):
			return fmt.Errorf("%s is not there, of %s; the edge was killed at %s", path, at, killed)
		case n == 0:
			missing++
		}
	}
	t.Logf("%d requests were answered, %d of the moment before the kill are not there", len(a.answered), missing)
	return nil
}
