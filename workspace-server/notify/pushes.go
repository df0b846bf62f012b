package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	pushesAtOnce = 32
	sendersMost  = 8
	// Lease is how long a batch of pushes is one instance's, which gives up before.
	Lease        = 2 * time.Minute
	firstPause   = 5 * time.Second
	longestPause = 10 * time.Minute
	mostTries    = 8
	tooLate      = time.Hour // a phone is no longer told of what its owner will have seen
)

// SendPushes tells phones what is due, and answers for how long nothing will be. One push that fails keeps no other waiting.
func (c *Crier) SendPushes(ctx context.Context) (time.Duration, error) {
	for {
		now := c.Now()
		rows, err := c.DB.TakePushes(ctx, dbsql.TakePushesParams{Now: now.UnixMilli(), Until: now.Add(Lease).UnixMilli(), MaxRows: pushesAtOnce})
		if err != nil {
			return 0, err
		}
		if len(rows) > 0 {
			if err := c.sendAll(ctx, rows); err != nil {
				return 0, err
			}
		}
		if len(rows) < pushesAtOnce {
			break
		}
	}
	next, err := c.DB.NextPush(ctx)
	return c.until(next), err
}

func (c *Crier) sendAll(ctx context.Context, rows []dbsql.Push) error {
	done := make([]id.ID, len(rows)) // those of which there is nothing to say any more among them
	for i, r := range rows {
		done[i] = r.ID
	}
	people, guests := c.Config.Settings().OwedBy()
	list, err := c.DB.PushesToSend(ctx, dbsql.PushesToSendParams{Ids: done, Now: c.Now.Millis(), PeopleOwe: people, GuestsOwe: guests})
	if err != nil {
		return err
	}
	var readers []id.ID
	for _, p := range list {
		readers = append(readers, p.Receiver)
	}
	badges, err := c.badges(ctx, readers)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	all(sendersMost, list, func(p dbsql.PushesToSendRow) {
		if !c.sendOne(ctx, p, badges[p.Receiver]) {
			mu.Lock()
			defer mu.Unlock()
			done = slices.DeleteFunc(done, func(push id.ID) bool { return push == p.Push.ID })
		}
	})
	return c.DB.DropPushes(context.WithoutCancel(ctx), done) // what has happened is noted
}

// sendOne reports whether a push needs no further try.
func (c *Crier) sendOne(ctx context.Context, p dbsql.PushesToSendRow, badge int) bool {
	if now := c.Now.Millis(); now >= p.Post.CreateAt+tooLate.Milliseconds() { // nobody was here to tell it, or the proxy took nothing
		c.Log.Error("push given up", "push", p.Push.ID.String(), "attempts", p.Push.Attempts, "hours", (now-p.Post.CreateAt)/time.Hour.Milliseconds())
		return true
	}
	n := c.message(p.Post, p.Channel, p.Author, c.Config.Settings().Push.Contents)
	n.AckID, n.Badge = p.Push.ID, badge
	said, err := c.send(ctx, p.DeviceID, n)
	if said != failed {
		c.forget(ctx, said, p.DeviceID)
		return true
	}
	if ctx.Err() != nil {
		return false // it is taken again once its lease ends
	}
	if p.Push.Attempts >= mostTries {
		c.Log.Error("push given up", "push", p.Push.ID.String(), "attempts", p.Push.Attempts, "error", err)
		return true
	}
	if err := c.DB.PutPushOff(ctx, dbsql.PutPushOffParams{ID: p.Push.ID, DueAt: c.Now().Add(c.pause.After(int(p.Push.Attempts))).UnixMilli()}); err != nil {
		c.Log.Error("put push off", "push", p.Push.ID.String(), "error", err)
	}
	return false
}

// forget tells a phone nothing any more that is gone.
func (c *Crier) forget(ctx context.Context, said verdict, device string) {
	if said != removed {
		return
	}
	if err := c.DB.ForgetDevice(context.WithoutCancel(ctx), device); err != nil {
		c.Log.Error("forget device", "error", err)
	}
}

func (c *Crier) badges(ctx context.Context, users []id.ID) (map[id.ID]int, error) {
	out := map[id.ID]int{}
	if len(users) == 0 {
		return out, nil
	}
	rows, err := c.DB.Badges(ctx, users)
	for _, r := range rows {
		out[r.UserID] = int(r.Mentions)
	}
	return out, err
}

// all does something with each, some at a time, and waits for all.
func all[T any](most int, list []T, do func(T)) {
	turns := make(chan struct{}, most)
	var under sync.WaitGroup
	for _, v := range list {
		turns <- struct{}{}
		under.Go(func() { do(v); <-turns })
	}
	under.Wait()
}
