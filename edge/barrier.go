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
	d := &barrier{patience: barrierPatience}
	d.change(func() { d.starting, d.fenced = true, fenced })
	return d
}

// started ends the time in which the control plane is waited for.
func (d *barrier) started() { d.change(func() { d.starting = false }) }

// heard is what a line of the stream tells of the edge.
func (d *barrier) heard(behind bool) { d.change(func() { d.starting, d.behind = false, behind }) }

// fence reports whether that is news.
func (d *barrier) fence() (news bool) {
	d.change(func() { news, d.fenced = !d.fenced, true })
	return news
}

// unfence lets in only who comes after the stream has spoken: as long as the edge was fenced it learned nothing.
func (d *barrier) unfence() (news bool) {
	d.change(func() {
		if news = d.fenced; news {
			d.fenced, d.behind = false, true
		}
	})
	return news
}

// stands says what keeps people out.
func (d *barrier) stands() (caughtUp, fenced bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.starting && !d.behind && !d.fenced, d.fenced
}

func (d *barrier) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	before := d.shut.Load()
	switch shut := d.starting || d.behind || d.fenced; {
	case !shut:
		d.shut.Store(nil)
	case before == nil || before.fenced != d.fenced:
		d.shut.Store(&shutting{over: make(chan struct{}), fenced: d.fenced})
	default:
		return
	}
	if before != nil {
		close(before.over)
	}
}

// admit is the stage. Requests that were let in before the barrier was shut go on.
func (d *barrier) admit(x *exchange) decision {
	shut := d.shut.Load()
	if shut == nil {
		return pass
	}
	return d.wait(x, shut)
}

func (d *barrier) wait(x *exchange, shut *shutting) decision {
	defer d.waiting.Add(-1)
	if d.waiting.Add(1) > maxAtBarrier && !shut.fenced {
		return deny(starting)
	}
	limit := time.NewTimer(d.patience)
	defer limit.Stop()
	for ; shut != nil; shut = d.shut.Load() {
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
