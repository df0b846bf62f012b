package certs

import "time"

// Figures are what there is to tell of an edge's certificates.
type Figures struct {
	Held     int64            // in memory
	Soonest  time.Time        // when the first of them ends; zero: there are none
	Issued   int64            // by this process, renewals too
	Failures map[Reason]int64 // all reasons are there
	Failing  int              // hosts whose last attempt failed
}

// Figures returns them as of now.
func (e *Certs) Figures() Figures {
	f := Figures{Held: e.count.Load(), Issued: e.issued.Load(), Failures: map[Reason]int64{}}
	for reason, count := range e.trouble.counts {
		f.Failures[reason] = count.Load()
	}
	e.trouble.mu.Lock()
	f.Failing = len(e.trouble.failing)
	e.trouble.mu.Unlock()
	e.held.Range(func(_, value any) bool {
		if end := value.(*certificate).Leaf.NotAfter; f.Soonest.IsZero() || end.Before(f.Soonest) {
			f.Soonest = end
		}
		return true
	})
	return f
}
