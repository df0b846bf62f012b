package edge

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// paceBurst is how much of a second's worth, in seconds, may come at once after a time in which little came: whoever comes back after an
	// outage brings all of an office's clients at the same moment.
	paceBurst = 20
	// mostPaced bounds of how many addresses a workspace remembers what they have asked for, at some 100 bytes each. Beyond it there are none
	// of one address, and all are held to what the workspace may have.
	mostPaced = 4096
)

// Rates are how many requests an edge lets through to one workspace; 0 is as many as come.
type Rates struct {
	// Workspace bounds them in all, by the second. Twenty seconds' worth may come at once.
	Workspace int
	// Address bounds those of one client in the same way, which is an address, of IPv6 a /64.
	Address int
	// Open bounds those that are in progress at a time, and web sockets.
	Open int
}

// mostRate is what a clock of nanoseconds can tell apart without an error that anybody would notice.
const mostRate = 1_000_000

// Validate names the one that is not allowed, and what is.
func (r Rates) Validate() error {
	for name, rate := range map[string]int{"requests a second of one workspace": r.Workspace, "requests a second of one address": r.Address, "connections of one workspace": r.Open} {
		if rate < 0 || rate > mostRate {
			return fmt.Errorf("%s: %d; allowed is 1 to %d, or 0 for as many as come", name, rate, mostRate)
		}
	}
	return nil
}

// pace is how fast requests to one workspace come. The workspace's routes hand it on. It counts by the generic cell rate algorithm (ITU-T
// I.371): a time at which the next one would be due if all had come evenly, and how far it may lie ahead.
type pace struct {
	open atomic.Int64 // how many are in progress, of those that are counted
	due  atomic.Int64 // of all, as times are here: in nanoseconds since the edge began, whatever becomes of the clock

	mu     sync.Mutex
	of     map[netip.Prefix]int64 // the same, of each address that is ahead
	looked int64                  // when it was looked last for those that are not
}

// next returns when the request after one that comes now is due, or how long it is too early.
func next(due, now int64, rate int) (after int64, early time.Duration) {
	after = max(due, now) + int64(time.Second)/int64(rate)
	if ahead := after - now - paceBurst*int64(time.Second); ahead > 0 {
		return due, time.Duration(ahead)
	}
	return after, 0
}

// come counts a request to the workspace, unless it is too early.
func (p *pace) come(now int64, rate int) (early time.Duration) {
	for rate > 0 {
		due := p.due.Load()
		after, early := next(due, now, rate)
		if early > 0 {
			return early
		}
		if p.due.CompareAndSwap(due, after) {
			return 0
		}
	}
	return 0
}

// comeFrom counts a request of a client.
func (p *pace) comeFrom(client netip.Addr, now int64, rate int) (early time.Duration) {
	if rate == 0 || !client.IsValid() {
		return 0
	}
	address, _ := networks(client)
	p.mu.Lock()
	defer p.mu.Unlock()
	after, early := next(p.of[address], now, rate)
	if _, known := p.of[address]; !known && !p.room(now) {
		return 0
	}
	p.of[address] = after
	return early
}

// room makes room for another address, if there is any.
func (p *pace) room(now int64) bool {
	if p.of == nil {
		p.of = map[netip.Prefix]int64{}
	}
	full, since := len(p.of) >= mostPaced, time.Duration(now-p.looked)
	if since < time.Second || !full && since < time.Minute {
		return !full
	}
	p.looked = now
	for address, due := range p.of {
		if due <= now {
			delete(p.of, address)
		}
	}
	return len(p.of) < mostPaced
}

// allowed is what workspaces of a plan may have.
func (g *gate) allowed(plan string) Rates {
	if r, named := g.planRates[plan]; named {
		return r
	}
	return g.rates
}

// keepPace refuses who asks faster than they may, and who is one too many, once the filter has let them in: who is denied uses up nobody's.
func (g *gate) keepPace(x *exchange) decision {
	allowed := g.allowed(x.route.Plan)
	if !x.paced && (allowed.Workspace > 0 || allowed.Address > 0) {
		x.paced = true // whoever was held comes by again
		now := int64(x.started.Sub(g.began))
		if early := x.route.pace.comeFrom(x.client, now, allowed.Address); early > 0 {
			return deny(tooFast("Too many requests come from your network.", early))
		}
		if early := x.route.pace.come(now, allowed.Workspace); early > 0 {
			return deny(tooFast("Too many requests come to this workspace.", early))
		}
	}
	return x.takePlace(x.route.pace, allowed.Open)
}

// takePlace counts x among those in progress at a workspace until it is over, or says that there are enough.
func (x *exchange) takePlace(p *pace, most int) decision {
	if x.place == p {
		return pass
	}
	x.leavePlace() // of a workspace that had the host before
	if most == 0 {
		return pass
	}
	if p.open.Add(1) > int64(most) {
		p.open.Add(-1)
		return deny(tooMany)
	}
	x.place = p
	return pass
}

func (x *exchange) leavePlace() {
	if x.place != nil {
		x.place.open.Add(-1)
		x.place = nil
	}
}

func tooFast(what string, early time.Duration) refusal {
	seconds := int((early + time.Second - 1) / time.Second)
	return refusal{reason: "too_fast", status: http.StatusTooManyRequests, title: "Too many requests",
		message: fmt.Sprintf("%s Try again in %d s.", what, seconds), retryAfter: seconds}
}
