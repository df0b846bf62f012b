// Package bus owns how instances of one workspace that run side by side tell each other what happens, through the database that they share: who is
// there, in which order echoes arrive, and how a loss is noticed. It never knows what an echo means, and what is true never depends on it: the
// database is the truth, and clients that may have missed something fetch it anew.
package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	lapse     = 15 * time.Second // who has not been heard of for so long is taken for dead
	keep      = 3 * time.Minute  // how long batches can be read
	lookBusy  = 3 * time.Second  // how often an instance that is alone looks for others while requests come,
	lookQuiet = 50 * time.Second // and while clients are only connected
	beatEvery = time.Second      // how often one that is not alone does
	spread    = 2 * time.Second  // clients that have to begin anew are asked to within that time
	mostQueue = 20_000           // echoes that wait for the database,
	mostBytes = 16 << 20         // and of their events; beyond that all are lost, which the others notice
)

// Tap is an instance's end of the bus.
type Tap struct {
	db       *store.DB
	hub      *realtime.Hub
	now      clock.Clock
	log      *slog.Logger
	answered func() int64

	mu      sync.Mutex
	telling bool // there may be somebody to tell
	queue   []realtime.Echo
	bytes   int  // of the events in it
	lost    bool // of the queue, since the last batch

	wake, hint, heard chan struct{}
	hears             atomic.Int32 // how many others
	mute              atomic.Bool  // it ends without a goodbye

	// What follows is known to Run alone.
	me        id.ID
	era, seq  int64
	unsent    *batch
	fromBirth bool
	peers     map[id.ID]peer
	anew      bool      // it was given up, and is to meet the others as a newborn
	owed      bool      // to its clients: to have them begin anew
	aloneFrom time.Time // since when nobody else is there
	looked    time.Time
	swept     time.Time          // when it last forgot what is old
	requests  int64              // answered when it looked
	deafen    context.CancelFunc // while it tells
}

// NewTap is a tap that Begin and Run put to use. requests answers how many were answered so far.
func NewTap(db *store.DB, hub *realtime.Hub, now clock.Clock, log *slog.Logger, requests func() int64) *Tap {
	bell := func() chan struct{} { return make(chan struct{}, 1) }
	return &Tap{db: db, hub: hub, now: now, log: log, answered: requests, wake: bell(), hint: bell(), heard: bell(), peers: map[id.ID]peer{}}
}

// Together says whether there may be another instance.
func (t *Tap) Together() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.telling
}

// Send has the others told soon.
func (t *Tap) Send(n realtime.Echo) {
	t.mu.Lock()
	if !t.telling {
		t.mu.Unlock()
		return
	}
	t.queue = append(t.queue, n)
	t.bytes += weight(n)
	if len(t.queue) > mostQueue || t.bytes > mostBytes {
		t.queue, t.bytes, t.lost = nil, 0, true
	}
	t.mu.Unlock()
	ring(t.wake)
}

// weight is about how much of the memory an echo takes.
func weight(n realtime.Echo) (bytes int) {
	if n.Event == nil {
		return 0
	}
	bytes = len(n.Event.Data)
	for _, text := range n.Event.Personal { // which is much where all of a large channel is mentioned
		bytes += 64 + len(text)
	}
	return bytes
}

// Mute has the tap end without a goodbye: something may happen here after that, which the others have to notice.
func (t *Tap) Mute() { t.mute.Store(true) }

// Look has the tap look for others now: somebody knows that there is one.
func (t *Tap) Look() { ring(t.hint) }

// Heard is how many other instances this one hears.
func (t *Tap) Heard() int { return int(t.hears.Load()) }

func (t *Tap) know(peers map[id.ID]peer) {
	t.peers = peers
	var heard int32
	for _, p := range peers {
		if p.era > 0 {
			heard++
		}
	}
	t.hears.Store(heard)
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings
	}
}

func (t *Tap) tell(yes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.telling = yes; !yes {
		t.queue, t.bytes, t.lost = nil, 0, false
	}
}

// batch is what is told at once.
type batch struct {
	seq    int64
	echoes []byte
}

// flush sends what is waiting, and first what could not be sent before, as it was: it may have been.
func (t *Tap) flush(ctx context.Context) error {
	for {
		if t.unsent == nil && !t.pack() {
			return nil
		}
		b := t.unsent
		sent, err := t.db.SendBatch(ctx, dbsql.SendBatchParams{ID: t.me, Seq: b.seq, Echoes: b.echoes, Channel: store.Bell, Lapse: lapse.Milliseconds()})
		switch {
		case store.Violates(err, "batches_pkey"): // it was, and the answer was lost
		case err != nil:
			return fmt.Errorf("tell other instances: %w", err)
		case sent == 0:
			return errLapsed
		}
		t.seq, t.unsent = b.seq, nil
	}
}

// pack makes a batch of what is waiting. Where something was lost before it, a number is left out.
func (t *Tap) pack() bool {
	t.mu.Lock()
	echoes, lost := t.queue, t.lost
	t.queue, t.bytes, t.lost = nil, 0, false
	t.mu.Unlock()
	if len(echoes) == 0 && !lost {
		return false
	}
	next := t.seq + 1
	if lost {
		next++
	}
	text, err := json.Marshal(echoes)
	if err != nil {
		t.log.Error("encode echoes", "error", err)
		next, text = next+1, []byte("[]")
	}
	t.unsent = &batch{seq: next, echoes: text}
	return true
}

// pull receives what others have told. Where something is missing all clients have to begin anew.
func (t *Tap) pull(ctx context.Context) error {
	for who, p := range t.peers {
		for p.era > 0 {
			batches, err := t.db.BatchesOf(ctx, dbsql.BatchesOfParams{Instance: who, After: p.last, MaxRows: 100})
			if err != nil {
				return fmt.Errorf("hear other instances: %w", err)
			}
			if len(batches) == 0 {
				break
			}
			for _, b := range batches {
				if b.Seq != p.last+1 {
					t.owed = true
				}
				t.receive(ctx, who, b)
				p.last = b.Seq
			}
			t.peers[who] = p
		}
	}
	return nil
}

func (t *Tap) receive(ctx context.Context, who id.ID, b dbsql.BatchesOfRow) {
	var echoes []realtime.Echo
	if err := json.Unmarshal(b.Echoes, &echoes); err != nil { // of a release that writes otherwise
		t.failed(fmt.Errorf("read batch: %w", err))
		return
	}
	for _, n := range echoes {
		if err := t.hub.Receive(ctx, who, n); err != nil {
			t.failed(err)
		}
	}
}

func (t *Tap) failed(err error) {
	t.owed = true
	t.log.Warn("receive from other instances", "error", err.Error())
}

// settle has clients begin anew that are owed it, and this instance look how the workspace is configured: that may be what was missed.
func (t *Tap) settle(ctx context.Context) error {
	if !t.owed {
		return nil
	}
	if _, err := t.hub.Reconfigure(ctx); err != nil {
		return err
	}
	t.owed = false
	t.hub.Renew(spread)
	return nil
}
