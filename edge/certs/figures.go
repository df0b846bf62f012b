package certs

import "time"

// Figures are what there is to tell of an edge's certificates.
type Figures struct {
	Held     int64            // in memory
	Soonest  time.Time        // when the first of them ends; zero: there are none
	Issued   int64            // by this process, renewals too
	Failures map[Reason]int64 // all reasons are there
	Failing  int              // hosts whose last attempt failed
	Late     map[int]int      // by each of LateDays, how many should have been renewed by then
}

// LateDays are how many days before its end a certificate that lasts 90 should have been renewed. For one that lasts shorter they are as
// much shorter: one of 7 days is late by 14 when it ends within 26 hours.
var LateDays = []int{30, 14, 7, 3}

// usualLife is what LateDays are for.
const usualLife = 90 * 24 * time.Hour

// late reports whether one that lasts from begin to end should have been renewed by now.
func late(begin, end, now time.Time, days int) bool {
	limit := time.Duration(days) * 24 * time.Hour
	share := float64(limit) / float64(usualLife)
	return end.Sub(now) < min(limit, time.Duration(share*float64(end.Sub(begin))))
}

// Figures returns them as of now.
func (e *Certs) Figures() Figures {
	f := Figures{Held: e.count.Load(), Issued: e.issued.Load(), Failures: map[Reason]int64{}, Late: map[int]int{}}
	for reason, count := range e.trouble.counts {
		f.Failures[reason] = count.Load()
	}
	e.trouble.mu.Lock()
	f.Failing = len(e.trouble.failing)
	e.trouble.mu.Unlock()
	now := time.Now()
	e.held.Range(func(_, value any) bool {
		leaf := value.(*certificate).Leaf
		for _, days := range LateDays {
			if late(leaf.NotBefore, leaf.NotAfter, now, days) {
				f.Late[days]++
			}
		}
		if end := leaf.NotAfter; f.Soonest.IsZero() || end.Before(f.Soonest) {
			f.Soonest = end
		}
		return true
	})
	return f
}
