package machine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Askers ask again and again, each time with a connection of its own, and count.
type Askers struct {
	stop    context.CancelFunc
	group   sync.WaitGroup
	mu      sync.Mutex
	asked   map[string]int
	wrong   []string
	slowest time.Duration
}

// Ask has two of them for each of these URLs, which are reached as a browser would reach them.
func (m *Machine) Ask(t testing.TB, urls map[string]string) *Askers {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	a := &Askers{stop: stop, asked: map[string]int{}}
	pause := 3 * time.Millisecond
	if !m.unpaced() {
		pause = 20 * time.Millisecond
	}
	t.Cleanup(func() { stop(); a.group.Wait() })
	for name, url := range urls {
		for range 2 {
			a.group.Go(func() {
				client := &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DialContext: m.Dial, DisableKeepAlives: true}}
				for ctx.Err() == nil {
					a.one(name, client, url)
					<-time.After(pause)
				}
			})
		}
	}
	return a
}

func (a *Askers) one(name string, client *http.Client, url string) {
	began := time.Now()
	resp, err := client.Get(url)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("it answered %s", resp.Status)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[name]++
	a.slowest = max(a.slowest, time.Since(began))
	if err != nil {
		a.wrong = append(a.wrong, name+": "+err.Error())
	}
}

func (a *Askers) count(name string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[name]
}

// After waits until each has asked some more.
func (a *Askers) After(t testing.TB, more int, names ...string) {
	t.Helper()
	for _, name := range names {
		from := a.count(name)
		Eventually(t, time.Minute, "more answers of "+name, func() error {
			if a.count(name) < from+more {
				return fmt.Errorf("%d so far", a.count(name)-from)
			}
			return nil
		})
	}
}

// End stops them, and fails the test when anything that they asked for went wrong.
func (a *Askers) End(t testing.TB) {
	t.Helper()
	a.stop()
	a.group.Wait()
	t.Logf("asked %v", a.asked)
	if len(a.wrong) > 0 {
		t.Errorf("%d of the requests went wrong, such as: %s", len(a.wrong), strings.Join(a.wrong[:min(5, len(a.wrong))], "; "))
	}
}

// Longest is how long the slowest of the answers took.
func (a *Askers) Longest() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.slowest
}
