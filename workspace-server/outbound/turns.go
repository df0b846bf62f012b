package outbound

import (
	"context"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// turns bound how many do something at a time.
type turns chan struct{}

// take waits for a turn, but not for longer than within.
func (t turns) take(ctx context.Context, within time.Duration) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	enough := time.NewTimer(within)
	defer enough.Stop()
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-enough.C:
		return errBusy
	}
}

func (t turns) giveBack() { <-t }

// held counts the turns that each user has.
type held struct {
	mu     sync.Mutex
	byUser map[id.ID]int
}

// take says whether a user may have another, who then gives it back. What nobody has made is not counted.
func (h *held) take(user id.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byUser[user] >= mostOfOne {
		return false
	}
	if !user.IsZero() {
		h.byUser[user]++
	}
	return true
}

func (h *held) giveBack(user id.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byUser[user]--; h.byUser[user] <= 0 {
		delete(h.byUser, user)
	}
}
