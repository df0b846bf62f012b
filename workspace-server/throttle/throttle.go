// Package throttle owns how often somebody may ask. It keeps what it knows in memory: each instance counts by itself. It never decides who asks.
package throttle

import (
	"sync"
	"time"
)

// Limiter lets each key ask so many times a second, and a burst more at once.
type Limiter struct {
	every time.Duration // between two, in the long run
	burst int
	most  int // keys that are kept

	mu  sync.Mutex
	due map[string]time.Time // when a key has all its turns again; one that has is not kept
}

// New makes a limiter that keeps so many keys at most. Where there are more, some begin anew.
func New(perSecond, burst, most int) *Limiter {
	return Every(time.Second/time.Duration(perSecond), burst, most)
}

// Every is New for who may ask less than once a second.
func Every(each time.Duration, burst, most int) *Limiter {
	return &Limiter{every: each, burst: burst, most: most, due: map[string]time.Time{}}
}

// Turn is what came of asking.
type Turn struct {
	Refused bool
	Limit   int           // at once
	Left    int           // of these, now
	Reset   time.Duration // until all are there again
	Retry   time.Duration // until there is one, where it was refused
}

// Take uses up one of a key's turns, if it has any. It is the generic cell rate algorithm: one time for each key tells how many are left.
func (l *Limiter) Take(key string, now time.Time) Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, next := l.turn(key, now)
	if t.Refused {
		return t
	}
	if _, known := l.due[key]; !known {
		l.makeRoom(now)
	}
	l.due[key] = next
	return t
}

// turn is what a key would get now, and when it had all its turns again after that.
func (l *Limiter) turn(key string, now time.Time) (Turn, time.Time) {
	due := l.due[key]
	limit := l.burst + 1
	all := l.every * time.Duration(limit)
	if !due.After(now) {
		due = now
	}
	next := due.Add(l.every)
	if over := next.Sub(now) - all; over > 0 {
		return Turn{Refused: true, Limit: limit, Reset: due.Sub(now), Retry: over}, due
	}
	return Turn{Limit: limit, Left: int((all - next.Sub(now)) / l.every), Reset: next.Sub(now)}, next
}

// Look tells what Take would, and uses nothing up.
func (l *Limiter) Look(key string, now time.Time) Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, _ := l.turn(key, now)
	return t
}

// makeRoom forgets those who have all their turns, which is what the forgotten have, and after them whoever comes first.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.due) < l.most {
		return
	}
	for key, due := range l.due {
		if !due.After(now) {
			delete(l.due, key)
		}
	}
	for key := range l.due {
		if len(l.due) <= l.most*9/10 { // so that not every newcomer has all looked through
			return
		}
		delete(l.due, key)
	}
}
