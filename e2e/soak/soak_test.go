package soak

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

var (
	lasts  = flag.Duration("soak.for", 2*time.Minute, "how long the machine is used and hurt")
	houses = flag.Int("soak.workspaces", 30, "how many workspaces live on it")
	seed   = flag.Uint64("soak.seed", uint64(time.Now().UnixNano()), "what the random choices follow from")
)

func TestNothingAcknowledgedIsLostWhilePartsDie(t *testing.T) {
	t.Logf("soak of %s with seed %d", *lasts, *seed)
	m := machine.Start(t)
	var all []*house
	for i := range *houses {
		all = append(all, settle(t, m, fmt.Sprintf("soak-%02d", i), rand.New(rand.NewPCG(*seed, uint64(i)))))
	}
	live(t, m, all)
	awaken(t, all)
	for _, h := range all {
		h.check(t)
	}
	m.NoOrphans(t)
	m.CLI(t, m.Operator(t), nil, "audit", "verify")
}

// live lets everybody act until the time is over. In the first half parts are killed; in the second half nothing is, under
// the same load, so that whatever grows then does so by itself.
func live(t *testing.T, m *machine.Machine, all []*house) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), *lasts)
	defer stop()
	half := *lasts / 2
	hurt, heal := context.WithTimeout(ctx, half)
	defer heal()
	k, w := newKiller(m, rand.New(rand.NewPCG(*seed, 1<<32))), newWatch(m, half)
	var acting sync.WaitGroup
	for i, h := range all {
		acting.Go(func() { h.talk(ctx) })
		if i%quiet > 0 {
			acting.Go(func() { h.run(ctx) })
		}
	}
	acting.Go(func() {
		k.hunt(hurt, half)
		w.look(ctx)
	})
	acting.Wait()
	posts, operations := 0, 0
	for _, h := range all {
		posts, operations = posts+len(h.posts), operations+len(h.operations)
	}
	t.Logf("acknowledged: %d posts and files, %d operations; killed: %v", posts, operations, k.killed)
	if posts == 0 || operations == 0 {
		t.Error("nothing happened that could have been lost")
	}
	k.hitAll(t)
	w.flat(t)
}

// quiet: every so many houses there is one that is only talked in, so that some instances live as long as they are watched.
const quiet = 4

// awaken waits until every workspace that was not deleted can be brought back to running.
func awaken(t *testing.T, all []*house) {
	t.Helper()
	for _, h := range all {
		machine.Eventually(t, 3*time.Minute, h.Slug+" to run again", func() error { return h.wake(t.Context()) })
	}
}

// pause waits for a random time of up to most, or until ctx ends.
func pause(ctx context.Context, random *rand.Rand, most time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(random.Int64N(int64(most)))):
	}
}
