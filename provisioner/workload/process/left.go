package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// StopLeft ends the instances that run on a data directory without an agent, as one that was ended in the middle of its start
// leaves them. Their wishes stay: the next agent starts them again.
func StopLeft(ctx context.Context, dir string) error {
	c := Config{Dir: dir}
	lock, err := c.lock()
	if errors.Is(err, os.ErrNotExist) { // there was never an agent
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	wishes, groups := c.wishes(), findCgroups()
	var ending sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for name, records := range c.strays() {
		ending.Go(func() {
			err := endLeft(ctx, records, groups, wishes[name].Desired)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	ending.Wait()
	return failed
}

// wishes are the descriptions that can be read, by the folders of their sockets.
func (c Config) wishes() map[string]saved {
	found := map[string]saved{}
	entries, _ := os.ReadDir(c.instancesDir()) // without it there is none
	for _, e := range entries {
		if want, err := c.loadDesired(e.Name()); err == nil {
			found[want.SocketDir] = want
		}
	}
	return found
}

// leftGrace is for instances of which nothing is known but that they run.
const leftGrace = 10 * time.Second

func endLeft(ctx context.Context, records []proc.Record, groups cgroups, d workload.Desired) error {
	grace := d.DrainGrace
	if d.ID == "" {
		grace = leftGrace
	}
	for _, r := range records {
		p, err := proc.Adopt(r)
		if err != nil { // it has ended
			continue
		}
		err = p.Stop(ctx, grace)
		p.Close()
		if err != nil {
			return fmt.Errorf("stop process %d of instance %s: %w", r.PID, d.ID, err)
		}
	}
	if d.ID == "" {
		return nil
	}
	// The next start makes them anew. Those that can't be removed, as something is left in them, it empties.
	_ = errors.Join(groups.empty(d.ID), groups.remove(d.ID))
	return nil
}
