package controlplane

import (
	"context"
	"net/http"
	"sync"

	"github.com/google/uuid"
)

// looksMost is how many trails are gone along at a time, so that those who look leave the database to those who work.
const looksMost = 2

// looks are the reports and exports that are being made: one of each trail at a time, and few at all.
type looks struct {
	mu     sync.Mutex
	going  map[uuid.UUID]bool
	places places
}

// everyTrail stands for all trails where one is looked at.
var everyTrail = uuid.Max

func newLooks() *looks {
	return &looks{going: map[uuid.UUID]bool{}, places: make(places, looksMost)}
}

// begin refuses a second look at the same trail. The function gives the right back.
func (l *looks) begin(ctx context.Context, trail uuid.UUID) (end func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.going[trail] {
		p := problem(ctx, http.StatusTooManyRequests, "a report or an export of this is being made already; wait until it is done")
		p.header.Set("Retry-After", "5")
		return nil, p
	}
	l.going[trail] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.going, trail)
	}, nil
}
