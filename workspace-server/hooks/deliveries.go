package hooks

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	mostAtOnce  = 8 // of the calls that outbound has under way, so that some are left for who waits
	mostOfHost  = 3 // of these, while fewer than half are under way, and one from then on: hosts that answer late keep no other waiting
	quickTries  = 3
	mostTries   = 8                // in an hour or so
	noteWithin  = 10 * time.Second // what has happened
	leaveWithin = 5 * time.Second  // what is under way when the process ends: the next one tells it
)

var (
	soon  = backoff.Doubling{First: 2 * time.Second, Most: 10 * time.Second}
	later = backoff.Doubling{First: 3 * time.Minute, Most: time.Hour}
)

// Lease is how long a delivery is this instance's, which gives up before.
func (b *Book) Lease() time.Duration { return b.Outbound.Longest() + time.Minute }

// Run tells programs what they are owed until ctx ends. It returns when nothing is under way any more.
func (b *Book) Run(ctx context.Context) {
	calls, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	u := &underway{byHost: map[string]int{}}
	guard.WhenDue(ctx, b.Log, b.owing, "outgoing webhooks", func(ctx context.Context) (time.Duration, error) { return b.begin(ctx, calls, u) })
	late := time.AfterFunc(leaveWithin, end)
	defer late.Stop()
	u.under.Wait()
}

// begin begins what is due as far as there are turns, and answers for how long nothing will be. Whoever gives a turn back rings.
func (b *Book) begin(ctx, calls context.Context, u *underway) (time.Duration, error) {
	for {
		busy, full := u.busy()
		if full {
			return guard.Until(0, 0), nil
		}
		now := b.Now()
		owed, err := b.DB.TakeDelivery(ctx, dbsql.TakeDeliveryParams{Now: now.UnixMilli(), Until: now.Add(b.Lease()).UnixMilli(), Busy: busy})
		if store.Missing(err) {
			next, err := b.DB.NextDelivery(ctx, busy)
			return guard.Until(next, b.Now.Millis()), err
		}
		if err != nil {
			return 0, err
		}
		u.take(owed.Host)
		u.under.Go(func() {
			defer b.Ring()
			defer u.giveBack(owed.Host)
			if err := guard.Call(func() error { return b.deliver(calls, owed) }); err != nil { // it is taken again once its lease ends
				b.Log.Error("deliver outgoing webhook", "hook", owed.HookID.String(), "error", err)
			}
		})
	}
}

// deliver tells a program what it is owed, once, and notes what came of it.
func (b *Book) deliver(ctx context.Context, owed dbsql.HookDelivery) error {
	within, done := context.WithTimeout(ctx, b.Lease()-noteWithin)
	defer done()
	err := b.tell(within, owed)
	noting, noted := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer noted()
	switch {
	case err == nil:
		_, err = b.DB.DropDelivery(noting, owed.ID)
		return err
	case ctx.Err() != nil:
		return b.DB.GiveDeliveryBack(noting, dbsql.GiveDeliveryBackParams{ID: owed.ID, Attempts: owed.Attempts, Now: b.Now.Millis()})
	case owed.Attempts >= mostTries:
		b.GivenUp.Add(1)
		b.Log.Error("outgoing webhook given up", "hook", owed.HookID.String(), "host", owed.Host, "attempts", owed.Attempts, "error", err.Error())
		_, err = b.DB.DropDelivery(noting, owed.ID)
		return err
	}
	if !errors.Is(err, errUntaken) { // of which outbound has told
		b.Log.Warn("an outgoing webhook could not be told", "hook", owed.HookID.String(), "error", err.Error())
	}
	return b.DB.PutDeliveryOff(noting, dbsql.PutDeliveryOffParams{ID: owed.ID, Attempts: owed.Attempts, DueAt: b.Now().Add(pause(int(owed.Attempts))).UnixMilli()})
}

// pause is how long to leave a program alone that took nothing so often.
func pause(tries int) time.Duration {
	if tries < quickTries {
		return soon.After(tries)
	}
	return later.After(tries - quickTries + 1)
}

// underway are the deliveries that this instance has begun.
type underway struct {
	under  sync.WaitGroup
	mu     sync.Mutex
	byHost map[string]int
	all    int
}

// busy are the hosts that get no further delivery now, and whether none does.
func (u *underway) busy() (hosts []string, full bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	hosts = []string{}
	for host, n := range u.byHost {
		if n >= mostOfHost || u.all >= mostAtOnce/2 {
			hosts = append(hosts, host)
		}
	}
	return hosts, u.all >= mostAtOnce
}

func (u *underway) take(host string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.byHost[host]++
	u.all++
}

func (u *underway) giveBack(host string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.byHost[host]--; u.byHost[host] == 0 {
		delete(u.byHost, host)
	}
}
