package controlplane

import (
	"context"
	"sync"
	"time"
)

// news wakes the edges' streams: one watcher of the database serves all of them.
type news struct {
	mu   sync.Mutex
	next chan struct{}
	over bool
}

func newNews() *news { return &news{next: make(chan struct{})} }

// wait returns a channel that is closed when there may be something new, and whether nothing ever will be. Take it before
// reading, so that nothing falls between.
func (n *news) wait() (<-chan struct{}, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.next, n.over
}

func (n *news) spread(over bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.next)
	n.next, n.over = make(chan struct{}), n.over || over
}

const (
	firstPause   = 100 * time.Millisecond
	longestPause = time.Second
)

// watchRoutes spreads the news of changed routes until ctx ends. While the watcher is lost, and each second in any case,
// the version is looked at, so that a change is never more than about a second old.
func (s *Server) watchRoutes(ctx context.Context) {
	defer s.news.spread(true)
	pause, lost := firstPause, false
	for ctx.Err() == nil {
		changed, err := s.store.WatchRoutes(ctx)
		switch {
		case err == nil:
			if lost {
				s.log.Info("routes are watched again")
			}
			pause, lost = firstPause, false
			s.news.spread(false) // what changed before we listened
			s.spreadChanges(ctx, changed)
			continue
		case ctx.Err() == nil && !lost:
			lost = true
			s.log.Warn("routes can't be watched; edges serve what they know", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// spreadChanges returns when the watcher is lost.
func (s *Server) spreadChanges(ctx context.Context, changed <-chan struct{}) {
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	var seen int64
	for {
		select {
		case _, alive := <-changed:
			if !alive {
				return
			}
			s.news.spread(false)
		case <-poll.C:
			if version, err := s.store.RouteVersion(ctx); err == nil && version != seen {
				seen = version
				s.news.spread(false)
			}
		}
	}
}
