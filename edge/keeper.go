package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	// maxPending bounds how many changes may be in force but not yet on disk during a burst.
	maxPending = 256
	// forgetAfter is how long the disk may name a workspace that is gone, up to the next message: a heartbeat at the latest. Those
	// that are gone within that time cost one rewrite.
	forgetAfter = 30 * time.Second
)

// keeper puts what the stream says in force, first in memory and then on disk. One goroutine uses it. A file that is written anew is written
// beside that: what is learned meanwhile is in force at once, and on disk after it.
type keeper struct {
	table      *Table
	journal    *journal
	tunnels    *tunnels
	baseDomain string // empty takes any
	log        *slog.Logger

	before      bool // what was on disk is of the release before this one, and nothing has replaced it yet
	now         func() time.Time
	yielding    atomic.Bool // the disk is the successor's
	writeErrors atomic.Int64
	offer       func(s standing, renew bool) // takes what can be confirmed; nil: nobody does

	writing   sync.WaitGroup
	mu        sync.Mutex
	rewriting bool      // the journal is its
	lingers   time.Time // since when the disk names a workspace that is gone; zero: it names none
	pending   []feed.Message
	stale     bool     // the disk lags and only a rewrite helps
	safe      standing // what the disk has
}

// newKeeper starts out with what is on disk. Without that the edge serves nothing until the stream gives a snapshot.
func newKeeper(j *journal, t *tunnels, baseDomain string, log *slog.Logger) *keeper {
	// The first thing learned rewrites the file: this process never appends to what another one wrote.
	k := &keeper{table: NewTable(), journal: j, tunnels: t, baseDomain: baseDomain, log: log, now: time.Now, stale: true}
	found := NewTable()
	switch err := j.load(found); {
	case errors.Is(err, fs.ErrNotExist):
		log.Info("no routes on disk yet; waiting for the control plane")
	case err != nil:
		log.Error("routes on disk are refused; serving nothing until the control plane sends them", "error", err)
	case !k.expects(found.BaseDomain()):
		log.Error("routes on disk are for another base domain; serving nothing until the control plane sends them",
			"base_domain", found.BaseDomain(), "expected", baseDomain)
	default:
		k.table, k.safe, k.before = found, standing{found.Version(), found.History()}, found.unplanned()
		log.Info("routes read from disk", "version", found.Version(), "routes", found.Len())
	}
	return k
}

func (k *keeper) expects(baseDomain string) bool {
	return k.baseDomain == "" || k.baseDomain == baseDomain
}

// learn puts one message in force. An error means that the stream can't be trusted and is to be left.
func (k *keeper) learn(m feed.Message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch m.Type {
	case feed.KindSnapshot:
		return k.replace(m)
	case feed.KindChange:
		return k.change(m)
	default:
		return nil
	}
}

func (k *keeper) replace(m feed.Message) error {
	if !k.expects(m.BaseDomain) {
		return fmt.Errorf("the control plane serves base domain %.80q, this edge is for %q", m.BaseDomain, k.baseDomain)
	}
	k.before = false // whatever it says: a control plane of the release before tells no plans
	vanished, problems := k.table.Replace(m)
	k.complain(problems)
	for _, id := range vanished {
		k.tunnels.closeWorkspace(id)
	}
	k.pending, k.stale = nil, true
	k.log.Info("routes replaced by a snapshot", "version", m.Version, "routes", k.table.Len())
	return nil
}

func (k *keeper) change(m feed.Message) error {
	applied, err := k.table.Apply(m)
	if !applied {
		return err
	}
	k.complain(err)
	if m.Route.State == feed.StateGone {
		k.tunnels.closeWorkspace(m.Route.WorkspaceID)
		if k.lingers.IsZero() {
			k.lingers = k.now()
		}
	}
	k.pending = append(k.pending, m)
	if len(k.pending) >= maxPending {
		k.write()
	}
	return nil
}

// unplanned reports whether all routes have to be told again for their plans.
func (k *keeper) unplanned() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.before
}

func (k *keeper) complain(problem error) {
	if problem != nil {
		k.log.Error("route is unusable in part", "error", problem)
	}
}

// settle brings the disk up to date with the table, and waits until it is. While that fails the edge goes on from memory, and every
// message, heartbeats too, tries again.
func (k *keeper) settle() {
	k.settleAside()
	k.writing.Wait()
}

// settleAside doesn't wait for a file that is written anew.
func (k *keeper) settleAside() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.write()
}

func (k *keeper) write() {
	if k.rewriting {
		return // whoever does sees to what is pending
	}
	if k.yielding.Load() {
		k.yield()
		return
	}
	// Another edge's file is replaced by ours, unless that one is to stay.
	k.stale = k.stale || k.journal.displaced() || !k.lingers.IsZero() && k.now().Sub(k.lingers) >= forgetAfter
	if !k.table.Ready() || (len(k.pending) == 0 && !k.stale) {
		return
	}
	if k.stale || k.journal.overgrown(k.table.Len()) {
		whole, lingered := k.table.export(), k.lingers
		k.rewriting, k.pending, k.stale, k.lingers = true, nil, false, time.Time{}
		k.writing.Go(func() { k.rewrite(whole, lingered) })
		return
	}
	err := k.journal.append(k.pending)
	k.pending = k.pending[:0]
	k.written(standing{k.table.Version(), k.table.History()}, err)
}

// rewrite has the disk hold the table as it was, and then what was learned meanwhile.
func (k *keeper) rewrite(whole exported, lingered time.Time) {
	err := k.journal.rewrite(whole)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rewriting = false
	if err != nil && k.lingers.IsZero() {
		k.lingers = lingered
	}
	if k.written(standing{whole.head.Version, whole.head.History}, err); err == nil {
		k.write()
	}
	if k.offer != nil {
		k.offer(k.standing(), false)
	}
}

// written notes what the disk has, or that it has it not.
func (k *keeper) written(s standing, err error) {
	if err != nil {
		k.stale = true
		k.writeErrors.Add(1)
		k.log.Error("routes are not on disk; a restart would not know the newest", "error", err)
		return
	}
	k.safe = s
}

// close waits for what is being written.
func (k *keeper) close() {
	k.writing.Wait()
	k.journal.close()
}

// standing is how far an edge has got in a history of routes.
type standing struct {
	version int64
	history string
}

// yield adds to the file as long as it is this edge's own, as a successor may begin with it, and never replaces one.
func (k *keeper) yield() {
	if !k.stale && len(k.pending) > 0 && k.journal.append(k.pending) == nil {
		k.pending, k.safe = k.pending[:0], standing{k.table.Version(), k.table.History()}
	}
}

// confirm offers what is in force whatever happens to this process: one that is killed is followed by one that begins with the disk.
func (k *keeper) confirm(renew bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.offer(k.standing(), renew)
}

// standing is what can be confirmed. Where another one writes to the disk now, that one answers for it.
func (k *keeper) standing() standing {
	if k.yielding.Load() && !k.rewriting && k.journal.displaced() {
		return standing{k.table.Version(), k.table.History()}
	}
	return k.safe
}
