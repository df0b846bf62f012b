package edge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// confirmLimit is how long one confirmation may take, the good-bye too: the control plane may be away.
const confirmLimit = 2 * time.Second

// errFenced is what the control plane answers while an operator wants this edge to serve nothing.
var errFenced = errors.New("the control plane answers 403: an operator has fenced this edge")

// confirmer tells the control plane what is in force here, one thing at a time, and the newest only.
type confirmer struct {
	line     *controlLine
	identity *identity
	log      *slog.Logger
	fenced   func()      // the control plane says that this edge is
	listens  func() bool // whether the stream is there: without it there is no use in trying again

	due       chan struct{} // holds one where there is something to tell
	confirmed atomic.Int64  // version that the control plane knows of

	mu     sync.Mutex
	newest standing
}

func newConfirmer(line *controlLine, i *identity, log *slog.Logger, fenced func(), listens func() bool) *confirmer {
	return &confirmer{line: line, identity: i, log: log, fenced: fenced, listens: listens, due: make(chan struct{}, 1)}
}

// offer takes what is in force, and returns at once. It is told when it is news, or renew: then the lease shall last longer.
func (c *confirmer) offer(s standing, renew bool) {
	c.mu.Lock()
	news := s != c.newest
	c.newest = s
	c.mu.Unlock()
	if news || renew {
		c.again()
	}
}

func (c *confirmer) again() {
	select {
	case c.due <- struct{}{}:
	default: // it will be told with what is due
	}
}

// run tells until ctx ends, and then says good-bye. What is on its way is not cut off: it could arrive after the good-bye.
func (c *confirmer) run(ctx context.Context) {
	defer c.identity.close()
	told, pause := true, firstPause
	for {
		select {
		case <-ctx.Done():
			if err := c.tell(c.identity.Lease); err != nil {
				c.log.Warn("the control plane did not hear that this edge serves no more, and may wait for it", "error", err)
			}
			return
		case <-c.due:
		}
		err := c.tell()
		if errors.Is(err, errFenced) {
			c.fenced()
			continue
		}
		if err == nil {
			told, pause = true, firstPause
			continue
		}
		if told && c.listens() { // else that is said of the stream
			told = false
			c.log.Warn("the control plane does not hear what is in force here, and saves wait for this edge", "error", err)
		}
		if c.listens() && sleepUntil(ctx, time.Now().Add(pause)) {
			pause = min(2*pause, longestPause)
			c.again()
		}
	}
}

// tell sends one confirmation, which ends the leases given, and those of processes that have ended by themselves.
func (c *confirmer) tell(over ...string) error {
	c.mu.Lock()
	newest := c.newest
	c.mu.Unlock()
	over = slices.Concat(over, c.identity.over())
	said := feed.Confirmation{Identity: c.identity.Identity, Version: newest.version, History: newest.history, Over: over}
	ctx, cancel := context.WithTimeout(context.Background(), confirmLimit)
	defer cancel()
	if err := c.line.tell(ctx, feed.ConfirmationsPath, "confirmations", said, http.StatusNoContent); err != nil {
		return err
	}
	c.confirmed.Store(newest.version)
	c.identity.forget(over)
	return nil
}
