package certs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

const (
	// leaseTime is how long an edge that died keeps a lock.
	leaseTime = 30 * time.Second
	// firstWait and longestWait are the pauses between two tries to get a lock that somebody else has.
	firstWait   = 100 * time.Millisecond
	longestWait = 2 * time.Second
)

// errHeld is what asking for a lock that somebody else has comes to.
var errHeld = errors.New("somebody else has the lock")

// lock is one that this process has. Its owner is another one each time, so that what was lost is never given back for its next owner.
type lock struct {
	owner string
	end   context.CancelFunc // of the renewal of its lease
}

// Lock implements certmagic.Storage. Who loses a lock, by being cut off for longer than its lease, isn't told: at worst two edges get a
// certificate for one host, which are both good.
func (s *shared) Lock(ctx context.Context, name string) error {
	owner := s.edge + "." + rand.Text()
	for pause := firstWait; ; pause = min(2*pause, longestWait) {
		err := s.take(ctx, name, owner)
		if err == nil {
			break
		}
		if !errors.Is(err, errHeld) {
			_ = s.give(ctx, name, owner) // it may have been taken, and the answer lost; else its lease ends
			return fmt.Errorf("lock %q: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("lock %q: %w: %w", name, err, ctx.Err())
		case <-time.After(pause):
		}
	}
	keeping, end := context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	s.held[name] = lock{owner: owner, end: end}
	s.mu.Unlock()
	go s.keep(keeping, name, owner)
	return nil
}

// Unlock implements certmagic.Storage.
func (s *shared) Unlock(ctx context.Context, name string) error {
	s.mu.Lock()
	held, ok := s.held[name]
	delete(s.held, name)
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("unlock %q: it was not locked here", name)
	}
	held.end()
	return s.give(ctx, name, held.owner)
}

// give gives a lock back, also where ctx has ended. Where the owner hasn't got it, nothing happens.
func (s *shared) give(ctx context.Context, name, owner string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLimit)
	defer cancel()
	_, err := s.ask(ctx, http.MethodDelete, wire.LockPath, url.Values{wire.NameParam: {name}, wire.OwnerParam: {owner}}, nil)
	return err
}

func (s *shared) take(ctx context.Context, name, owner string) error {
	_, err := s.ask(ctx, http.MethodPut, wire.LockPath, url.Values{wire.NameParam: {name}, wire.OwnerParam: {owner},
		wire.LeaseParam: {strconv.Itoa(int(leaseTime / time.Second))}}, nil)
	return err
}

// keep renews a lease until it is given back.
func (s *shared) keep(ctx context.Context, name, owner string) {
	tick := time.NewTicker(leaseTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = s.take(ctx, name, owner) // the next tick tries again
		}
	}
}
