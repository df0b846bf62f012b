package edge

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// wakeLimit is how long a request is held for a workspace that wakes up; most clients wait no longer themselves.
	wakeLimit = 30 * time.Second
	// maxHeld bounds the requests of one edge that are held at a time. Clients share these places.
	maxHeld = 1024
	// maxHeldAtOne bounds those for one workspace, so that it takes eight that don't wake up to take all places.
	maxHeldAtOne = maxHeld / 8
	// askAgain is how soon the control plane is asked once more that has taken the wish: what it began may have been given up.
	askAgain = 5 * time.Second
	// longestKnock is the longest pause between attempts to reach it.
	longestKnock = time.Second
)

// wakes holds requests for workspaces that are asleep, and has these woken. However many come for one, it is asked for once at a time.
type wakes struct {
	ask    func(ctx context.Context, workspaceID string) error
	log    *slog.Logger
	limit  time.Duration
	places *shares
	asked  atomic.Int64 // wishes that were taken, for the metrics
	took   durations    // of those that were held until their workspace was awake

	mu     sync.Mutex
	waited map[string]*waited // by workspace
}

// waited is a workspace that requests are held for.
type waited struct {
	requests int
	stop     context.CancelFunc // of the asking
}

func newWakes(ask func(context.Context, string) error, log *slog.Logger) *wakes {
	return &wakes{ask: ask, log: log, limit: wakeLimit, places: newShares(maxHeld, maxHeld), waited: map[string]*waited{}}
}

// hold lets x pass when its workspace has another route, whatever that says. Meanwhile nothing of its body is read.
func (w *wakes) hold(x *exchange) decision {
	if x.heldUntil.IsZero() {
		x.heldUntil = time.Now().Add(w.limit)
	}
	if d := w.places.enter(x.client); !d.onward {
		return d
	}
	defer w.places.leave(x.client)
	if !w.come(x.route.WorkspaceID) {
		return deny(crowded)
	}
	defer w.leave(x.route.WorkspaceID)
	limit := time.NewTimer(time.Until(x.heldUntil))
	defer limit.Stop()
	select {
	case <-x.route.changed:
		w.took.observe(w.limit - time.Until(x.heldUntil))
		return pass
	case <-x.r.Context().Done():
		x.abandon()
	case <-limit.C:
	}
	return deny(notWoken)
}

// come begins to ask for the workspace, unless others do who wait for it.
func (w *wakes) come(workspaceID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.waited[workspaceID]
	if all == nil {
		ctx, stop := context.WithCancel(context.Background())
		all = &waited{stop: stop}
		w.waited[workspaceID] = all
		go w.rouse(ctx, workspaceID)
	}
	if all.requests == maxHeldAtOne {
		return false
	}
	all.requests++
	return true
}

// leave ends the asking with the last who waits.
func (w *wakes) leave(workspaceID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.waited[workspaceID]
	if all.requests--; all.requests == 0 {
		all.stop()
		delete(w.waited, workspaceID)
	}
}

// rouse asks the control plane until nobody waits any more.
func (w *wakes) rouse(ctx context.Context, workspaceID string) {
	said, pause := "", firstPause
	for {
		err := w.ask(ctx, workspaceID)
		if ctx.Err() != nil {
			return
		}
		wait := askAgain
		if err == nil {
			w.asked.Add(1)
			pause = firstPause
		} else {
			wait, pause = pause/2+rand.N(pause/2+1), min(2*pause, longestKnock)
			if err.Error() != said {
				said = err.Error()
				w.log.Warn("a workspace can't be woken yet; asking again", "workspace", workspaceID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
