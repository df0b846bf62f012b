package invariant

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/resolver/testdns"
)

var (
	checks = flag.Int64("invariant.checks", 100_000, "how many answers are judged at the least")
	steps  = flag.Int64("invariant.steps", 0, "how many episodes workspaces live through at the least; never less than one of each kind")
	seeded = flag.Uint64("invariant.seed", 0, "of what is done and asked, not of when it happens; 0: chosen, and printed")
)

// lives are the workspaces that something becomes of. A further one serves all the time.
const lives = 3

// world is a machine with edges beside its own, and with workspaces.
type world struct {
	t             *testing.T
	m             *machine.Machine
	api, base     string
	operator      string
	names         *testdns.Server
	entrances     []*entrance
	steady        *house
	slots         [lives]atomic.Pointer[house]
	finish, hush  func()        // end what is done, and after that what is asked
	over, silence chan struct{} // closed by these
	signedUp      atomic.Int64
	judged, wrong atomic.Int64
	lived, fated  atomic.Int64

	dice sync.Mutex // over what follows
	rand *rand.Rand
	deck []string

	mu     sync.Mutex // over what follows
	counts map[string]int
	graves []*house
}

// TestWhoMayComeInIsServedAndNobodyElseWhateverHappens takes workspaces, edges and the control plane through all that can become of them, in random
// order, while clients ask all edges from all addresses, and filters change. Each answer has to be right by the newest filter and state that the edge
// had confirmed when it was asked, or by one that came since.
func TestWhoMayComeInIsServedAndNobodyElseWhateverHappens(t *testing.T) {
	t.Parallel()
	seed := *seeded
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	w := newWorld(t, seed)
	var acting, asking sync.WaitGroup
	t.Cleanup(func() { w.finish(); acting.Wait(); w.hush(); asking.Wait() })
	for i := range askers {
		asking.Go(func() { w.askAll(rand.New(rand.NewPCG(seed, uint64(100+i)))) })
	}
	for slot := range lives {
		acting.Go(func() { w.live(slot) })
	}
	acting.Go(func() { w.turnAll(rand.New(rand.NewPCG(seed, 2))) })
	w.meetFates(rand.New(rand.NewPCG(seed, 3)))
	w.finish()
	acting.Wait()
	w.hush()
	asking.Wait()
	t.Logf("%d answers judged, %d episodes of workspaces, %d of edges and the control plane: %s", w.judged.Load(), w.lived.Load(), w.fated.Load(), w.told())
	if n := w.wrong.Load(); n > 0 {
		t.Errorf("%d answers were wrong", n)
	}
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 1)), names: testdns.New(t), over: make(chan struct{}), silence: make(chan struct{}), counts: map[string]int{}}
	w.finish, w.hush = sync.OnceFunc(func() { close(w.over) }), sync.OnceFunc(func() { close(w.silence) })
	w.m = machine.Start(t, "--resolver", w.names.Address, "--idle-after", "never")
	w.api, w.base, w.operator = w.m.Up.API, w.m.Up.BaseDomain, w.m.Operator(t)
	var list struct{ Items []listed }
	w.want("GET", "/edges", w.operator, nil, &list)
	w.entrances = append(w.entrances, w.newEntrance(0, list.Items[0].Name, w.m.Up.Edge.HTTP))
	for i := 1; i < edges; i++ {
		w.entrances = append(w.entrances, w.beside(i))
	}
	for _, e := range w.entrances {
		e.sound()
	}
	w.newHouse()
	for i := range w.slots {
		w.slots[i].Store(w.newHouse())
	}
	return w
}

// houses are those of now, the one that always serves first.
func (w *world) houses() [1 + lives]*house {
	all := [1 + lives]*house{w.steady}
	for i := range w.slots {
		all[1+i] = w.slots[i].Load()
	}
	return all
}

func (w *world) bury(h *house) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.graves = append(w.graves, h)
}

// grave is a workspace that is gone for good, or another one where there is none yet.
func (w *world) grave(r *rand.Rand, other *house) *house {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.graves) == 0 {
		return other
	}
	return w.graves[r.IntN(len(w.graves))]
}

// deal is what becomes of a workspace next. Each kind comes before any comes again.
func (w *world) deal() string {
	w.dice.Lock()
	defer w.dice.Unlock()
	if len(w.deck) == 0 {
		w.deck = shuffled(w.rand, episodes)
	}
	name := w.deck[0]
	w.deck = w.deck[1:]
	return name
}

func shuffled[T any](r *rand.Rand, all map[string]T) []string {
	names := slices.Sorted(maps.Keys(all))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

// meetFates goes on until enough was judged, and everything was done at least once.
func (w *world) meetFates(r *rand.Rand) {
	var deck []string
	enough := func() bool {
		return w.judged.Load() >= *checks && w.lived.Load() >= max(*steps, int64(len(episodes))) && w.fated.Load() >= int64(len(fates))
	}
	for !enough() && !w.t.Failed() {
		if len(deck) == 0 {
			deck = shuffled(r, fates)
		}
		name, began := deck[0], time.Now()
		deck = deck[1:]
		fates[name](w, r)
		w.heard(12 * some)
		w.t.Logf("%s, %s; %d answers judged by now", name, time.Since(began).Round(time.Millisecond), w.judged.Load())
		w.count(name, 1)
		w.fated.Add(1)
	}
}

func (w *world) ended(by <-chan struct{}) bool {
	select {
	case <-by:
		return true
	default:
		return w.t.Failed()
	}
}

func (w *world) count(what string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what] += n
}

func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, what := range slices.Sorted(maps.Keys(w.counts)) {
		list = append(list, fmt.Sprintf("%d %s", w.counts[what], what))
	}
	return strings.Join(list, ", ")
}

// fail ends whoever does it; the others end by that.
func (w *world) fail(form string, args ...any) {
	w.t.Helper()
	w.t.Errorf(form, args...)
	w.finish()
	w.t.FailNow()
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.fail("%v", err)
	}
}
