package edge

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// barrierPatience is how long a request waits at the barrier.
	barrierPatience = 2 * time.Second
	// startPatience is how long an edge that starts waits for the control plane before it serves by what it finds on disk. It is less, so
	// that nobody is refused only because the control plane is away.
	startPatience = 1500 * time.Millisecond
	// maxAtBarrier bounds the requests that wait; those beyond are refused at once.
	maxAtBarrier = 4096
)

// barrier lets nobody in while the edge knows that what it would serve by is not the newest, or is told to serve nothing.
type barrier struct {
	shut     atomic.Pointer[shutting] // nil: everybody is let in, and that is all that a request costs
	waiting  atomic.Int64
	patience time.Duration

	mu       sync.Mutex // guards what follows
	starting bool       // the control plane was not heard yet, and there is time left to wait for it
	behind   bool
	fenced   bool
}

// shutting is one time in which the barrier is shut.
type shutting struct {
	over   chan struct{} // closed when something about it is different
	fenced bool          // nobody need wait
}

func newBarrier(fenced bool) *barrier {
	b := &barrier{patience: barrierPatience}
	b.change(func() { b.starting, b.fenced = true, fenced })
	return b
}

// started ends the time in which the control plane is waited for.
func (b *barrier) started() { b.change(func() { b.starting = false }) }

// heard is what a line of the stream tells of the edge.
func (b *barrier) heard(behind bool) { b.change(func() { b.starting, b.behind = false, behind }) }

// fence reports whether that is news.
func (b *barrier) fence() (news bool) {
	b.change(func() { news, b.fenced = !b.fenced, true })
	return news
}

// unfence lets in only who comes after the stream has spoken: as long as the edge was fenced it learned nothing.
func (b *barrier) unfence() (news bool) {
	b.change(func() {
		if news = b.fenced; news {
			b.fenced, b.behind = false, true
		}
	})
	return news
}

// stands says what keeps people out.
func (b *barrier) stands() (caughtUp, fenced bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.starting && !b.behind && !b.fenced, b.fenced
}

func (b *barrier) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	before := b.shut.Load()
	switch shut := b.starting || b.behind || b.fenced; {
	case !shut:
		b.shut.Store(nil)
	case before == nil || before.fenced != b.fenced:
		b.shut.Store(&shutting{over: make(chan struct{}), fenced: b.fenced})
	default:
		return
	}
	if before != nil {
		close(before.over)
	}
}

// admit is the stage. Requests that were let in before the barrier was shut go on.
func (b *barrier) admit(x *exchange) decision {
	shut := b.shut.Load()
	if shut == nil {
		return pass
	}
	return b.wait(x, shut)
}

func (b *barrier) wait(x *exchange, shut *shutting) decision {
	defer b.waiting.Add(-1)
	if b.waiting.Add(1) > maxAtBarrier && !shut.fenced {
		return deny(starting)
	}
	limit := time.NewTimer(b.patience)
	defer limit.Stop()
	for ; shut != nil; shut = b.shut.Load() {
		if shut.fenced {
			return deny(fenced)
		}
		select {
		case <-shut.over:
		case <-limit.C:
			return deny(starting)
		case <-x.r.Context().Done():
			return deny(starting)
		}
	}
	return pass
}
