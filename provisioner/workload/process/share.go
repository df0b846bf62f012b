package process

import (
	"sync"
	"time"
)

// recountEvery is how soon all are counted again for a place that seems full.
const recountEvery = 100 * time.Millisecond

// shares divide what a place bears among the instances that connect to it.
type shares struct {
	now func() time.Time

	mu     sync.Mutex
	places map[string]*share // by address
}

// share is one place: how many connections each holder had when it was counted last.
type share struct {
	held      map[*dialer]int
	countedAt time.Time
}

func newShares(now func() time.Time) *shares {
	return &shares{now: now, places: map[string]*share{}}
}

// take lets a holder of so many connections have another, unless that were more than is left for all then. So a place is never
// full: where n take all that they can, each has a (n+1)th of it, and whoever comes next gets some of the rest.
func (s *shares) take(address string, who *dialer, has, shared int) bool {
	if s.try(address, who, has, shared) {
		return true
	}
	for other := range s.stale(address) {
		s.note(address, other, other.holds(address))
	}
	return s.try(address, who, has, shared)
}

func (s *shares) try(address string, who *dialer, has, shared int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := s.of(address)
	place.held[who] = has
	all := 0
	for _, n := range place.held {
		all += n
	}
	if has >= shared-all {
		return false
	}
	place.held[who]++
	return true
}

// hold counts what somebody has without having taken it here.
func (s *shares) hold(address string, who *dialer, has int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(address).held[who] = has
}

// of is called with mu held.
func (s *shares) of(address string) *share {
	if s.places[address] == nil {
		s.places[address] = &share{held: map[*dialer]int{}}
	}
	return s.places[address]
}

// stale gives the holders if they may be counted again now.
func (s *shares) stale(address string) map[*dialer]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	holders := map[*dialer]bool{}
	if place := s.places[address]; s.now().Sub(place.countedAt) >= recountEvery {
		place.countedAt = s.now()
		for who := range place.held {
			holders[who] = true
		}
	}
	return holders
}

// note keeps a count, unless its holder has gone meanwhile.
func (s *shares) note(address string, who *dialer, has int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.places[address].held[who]; there {
		s.places[address].held[who] = has
	}
}

// drop forgets a holder.
func (s *shares) drop(who *dialer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address, place := range s.places {
		delete(place.held, who)
		if len(place.held) == 0 {
			delete(s.places, address)
		}
	}
}
