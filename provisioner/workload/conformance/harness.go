package conformance

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// OfTheEngine is a variable that an engine under test has in its own environment.
const OfTheEngine = "OF_THE_ENGINE"

// Subject is an engine under test, with nothing in it. Its instances need not run on the machine of the tests.
type Subject interface {
	Surroundings
	// Engine is the one to call; after Restart another.
	Engine() workload.Host
	// Restart kills what holds the engine's memory, without warning, and starts it again.
	Restart(t *testing.T)
	// Desired describes a new instance that runs Serve, at generation 1 with a drain grace of a few seconds. It reaches
	// nothing, and its connections are made for it where the engine has a broker.
	Desired(t *testing.T) workload.Desired
	// Holds says whether the engine claims to withstand the attack of such an instance on this machine, see the package
	// attack. itself: the instance makes its connections itself.
	Holds(attack string, itself bool) bool
	// Client reaches the listener that Socket says.
	Client(o workload.Observed) *http.Client
}

// Surroundings are what there is around the instances of an engine under test.
type Surroundings interface {
	// Listener is something of somebody else, host:port, that takes connections until the test ends. An instance that isn't
	// held back reaches it.
	Listener(t *testing.T) string
	// Victim is what an instance could reach for of a neighbour, of the engine and of the machine, if it weren't held back: as
	// many things as there are there, by the names that they have for the instance.
	Victim(t *testing.T, neighbour workload.Observed, left Leavings) attack.Aim
	// Gone says whether nothing is left of a removed instance's folder.
	Gone(t *testing.T, id string, left Leavings) bool
	// LogBytes is what the engine keeps of what an instance has said.
	LogBytes(t *testing.T, id string) int64
}

const patience = 20 * time.Second

func apply(t *testing.T, s Subject, d workload.Desired) {
	t.Helper()
	if err := s.Engine().Apply(t.Context(), d); err != nil {
		t.Fatalf("apply %s: %v", d, err)
	}
}

func remove(t *testing.T, s Subject, d workload.Desired) {
	t.Helper()
	if err := s.Engine().Remove(t.Context(), d.ID, d.Generation); err != nil {
		t.Fatalf("remove %s: %v", d, err)
	}
}

func observe(t *testing.T, s Subject, id string) workload.Observed {
	t.Helper()
	o, err := s.Engine().Observe(t.Context(), id)
	if err != nil {
		t.Fatalf("observe %s: %v", id, err)
	}
	return o
}

// until observes until ok.
func until(t *testing.T, s Subject, id, what string, ok func(workload.Observed) bool) workload.Observed {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		o := observe(t, s, id)
		if ok(o) {
			return o
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s; last seen: %+v", what, o)
		}
	}
}

// serving waits until the instance of exactly this generation is ready.
func serving(t *testing.T, s Subject, d workload.Desired) workload.Observed {
	t.Helper()
	return until(t, s, d.ID, "an instance that serves", func(o workload.Observed) bool {
		return o.Ready && o.Generation == d.Generation
	})
}

// get gives the body, or nothing when the instance can't be reached.
func get(t *testing.T, s Subject, o workload.Observed, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://instance"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client(o).Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body) // cut off: the instance died, which callers see
	return string(b)
}

func with(d workload.Desired, name, value string) workload.Desired {
	env := workload.Env{name: value}
	for k, v := range d.Env {
		if k != name {
			env[k] = v
		}
	}
	d.Env = env
	return d
}
