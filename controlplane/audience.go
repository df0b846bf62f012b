package controlplane

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// audience are the streams that follow operations. One listener on the database serves all of them.
type audience struct {
	mu     sync.Mutex
	seats  map[uuid.UUID]map[chan struct{}]bool
	taken  map[string]int // by principal
	closed bool
}

// seatsMost is how many operations one principal may follow at a time.
const seatsMost = 20

func newAudience() *audience {
	return &audience{seats: map[uuid.UUID]map[chan struct{}]bool{}, taken: map[string]int{}}
}

// join returns a channel that gets a value when the operation may have changed, and is closed when nobody tells any more.
// It is nil when the principal has all the seats that it may have. The function gives the seat up.
func (a *audience) join(operation uuid.UUID, principal string) (<-chan struct{}, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.taken[principal] >= seatsMost {
		return nil, nil
	}
	seat := make(chan struct{}, 1)
	if a.closed {
		close(seat)
		return seat, func() {}
	}
	if a.seats[operation] == nil {
		a.seats[operation] = map[chan struct{}]bool{}
	}
	a.seats[operation][seat] = true
	a.taken[principal]++
	return seat, func() { a.leave(operation, principal, seat) }
}

func (a *audience) leave(operation uuid.UUID, principal string, seat chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.seats[operation], seat)
	if len(a.seats[operation]) == 0 {
		delete(a.seats, operation)
	}
	if a.taken[principal]--; a.taken[principal] == 0 {
		delete(a.taken, principal)
	}
}

// tell wakes those who follow the operation.
func (a *audience) tell(operation uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for seat := range a.seats[operation] {
		wake(seat)
	}
}

// tellAll wakes everybody: something may have been missed.
func (a *audience) tellAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, seats := range a.seats {
		for seat := range seats {
			wake(seat)
		}
	}
}

// close ends all streams.
func (a *audience) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for _, seats := range a.seats {
		for seat := range seats {
			close(seat)
		}
	}
	a.seats = map[uuid.UUID]map[chan struct{}]bool{}
}

func wake(seat chan struct{}) {
	select {
	case seat <- struct{}{}:
	default: // it is awake already
	}
}

// watchOperations tells the audience of changed operations until ctx ends.
func (s *Server) watchOperations(ctx context.Context) {
	defer s.audience.close()
	pause, lost := firstPause, false
	for ctx.Err() == nil {
		changed, err := s.store.WatchOperations(ctx)
		if err == nil {
			pause, lost = firstPause, false
			s.audience.tellAll() // what changed before we listened
			for operation := range changed {
				s.audience.tell(operation)
			}
			continue
		}
		if ctx.Err() == nil && !lost {
			lost = true
			s.log.Warn("operations can't be watched; those who follow one see it late", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}
