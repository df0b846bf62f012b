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
	s.watch(ctx, s.news, watched{what: "routes", lost: "edges serve what they know", open: s.store.WatchRoutes, follow: s.spreadChanges})
}

// watchEdges spreads the news of what edges have confirmed. Who waits for that looks by itself while the watcher is lost.
func (s *Server) watchEdges(ctx context.Context) {
	s.watch(ctx, s.edgeNews, watched{what: "edges", lost: "saves wait longer for them", open: s.store.WatchEdges, follow: s.spreadConfirmations})
}

// watched is what is watched in the database.
type watched struct {
	what, lost string // for the log
	open       func(context.Context) (<-chan struct{}, error)
	follow     func(context.Context, <-chan struct{}) // returns when the watcher is lost
}

func (s *Server) watch(ctx context.Context, n *news, w watched) {
	defer n.spread(true)
	pause, lost := firstPause, false
	for ctx.Err() == nil {
		changed, err := w.open(ctx)
		switch {
		case err == nil:
			if lost {
				s.log.Info("the database is watched again", "for", w.what)
			}
			pause, lost = firstPause, false
			n.spread(false) // what changed before we listened
			w.follow(ctx, changed)
			continue
		case ctx.Err() == nil && !lost:
			lost = true
			s.log.Warn("the database can't be watched", "for", w.what, "meanwhile", w.lost, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

func (s *Server) spreadConfirmations(_ context.Context, changed <-chan struct{}) {
	for range changed {
		s.edgeNews.spread(false)
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
