package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

// longestWait is how long a door waits for the end of a rule before it looks at the clock again, which may have been set meanwhile.
const longestWait = time.Minute

// door is where the requests and web sockets of one workspace come in. It lets in whom the IP filter allows, knows who is in, and
// puts those out whom the filter doesn't allow any more. The workspace's routes hand it on. Letting in and putting out exclude
// each other, so that nobody comes in by one filter and is overlooked by the next.
type door struct {
	now       func() time.Time
	used      atomic.Int64 // the last round of uses in which somebody's request went to the instance
	workspace string
	tallies   *tallies // nil: nobody asks what it counts

	mu      sync.Mutex
	gone    bool // the workspace is
	version int64
	rules   rules            // at that version
	filter  *ipfilter.Filter // the same, ready; nil until somebody comes or is in
	first   *exchange        // of those that are in
	timer   *time.Timer      // nil unless somebody is in and a rule will end
	tally   *tally           // nil while there is nothing to tell
	listed  bool             // with the tallies
}

// enter lets x, which is in nowhere, in until it leaves, or says why not.
func (d *door) enter(x *exchange) decision {
	switch in, gone := d.take(x); {
	case in:
		return pass
	case gone:
		return deny(unknownHost)
	default:
		return deny(addressDenied(x.client))
	}
}

func (d *door) take(x *exchange) (in, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return false, true
	}
	rule, in := d.admit(x)
	if d.count(x, rule, in); !in {
		return false, false
	}
	x.door, x.next = d, d.first
	if x.next != nil {
		x.next.previous = x
	}
	d.first = x
	d.await()
	return true, false
}

// leave is for x alone, which may not be in.
func (x *exchange) leave() {
	d := x.door
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if x.previous != nil {
		x.previous.next = x.next
	} else {
		d.first = x.next
	}
	if x.next != nil {
		x.next.previous = x.previous
	}
	x.door, x.previous, x.next = nil, nil, nil
}

// occupied reports whether somebody is in.
func (d *door) occupied() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.first != nil
}

// obey puts the route's filter in force.
func (d *door) obey(r *Route) {
	d.mu.Lock()
	defer d.mu.Unlock()
	counted := d.told()
	d.gone, d.version, d.rules, d.filter = false, r.PolicyVersion, r.rules, nil
	d.untold(counted)
	d.look()
}

// shut puts everybody out of a workspace that is gone: what filter it comes back with, if it does, nobody knows.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told()
	d.gone, d.rules, d.filter = true, nil, nil
	d.look()
}

// look puts out who is not allowed to be in, and waits for the next end of a rule.
func (d *door) look() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	for x := d.first; x != nil; x = x.next {
		if _, in := d.admit(x); d.gone || !in {
			x.sever()
		}
	}
	d.await()
}

// admit says whether x may be in, and by which rule.
func (d *door) admit(x *exchange) (rule int, in bool) {
	f := d.compiled()
	if rule, in = f.Admit(x.client, d.now); in {
		return rule, true
	}
	return ipfilter.Unruled, f.Excepts(x.client, x.errand.purpose, x.errand.token, d.now)
}

func (d *door) compiled() *ipfilter.Filter {
	if d.filter == nil {
		d.filter = ipfilter.Compile(d.version, d.rules.read())
	}
	return d.filter
}

func (d *door) await() {
	if d.first == nil || d.gone || d.timer != nil {
		return
	}
	if end, ok := d.filter.NextEnd(d.now); ok {
		d.timer = time.AfterFunc(min(end.Sub(d.now()), longestWait), d.wake)
	}
}

func (d *door) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
}
