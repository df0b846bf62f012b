package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	// repeatLog is how often a reason that does not change is logged again.
	repeatLog = time.Minute
)

// follower keeps the keeper up to date from the control plane's stream, for ever, and the barrier shut while that is not so.
type follower struct {
	line      *controlLine
	identity  *identity
	keeper    *keeper
	barrier   *barrier
	confirmer *confirmer
	cut       func() // ends what clients have open
	log       *slog.Logger
	silence   time.Duration
	newest    standing // that the control plane has, as far as it said
	leave     atomic.Pointer[context.CancelCauseFunc]

	connected atomic.Bool
	lastHeard atomic.Int64 // unix nanoseconds; 0 is never
	failures  atomic.Int64
	streams   atomic.Int64
}

func newFollower(line *controlLine, i *identity, k *keeper, b *barrier, cut func(), log *slog.Logger) *follower {
	f := &follower{line: line, identity: i, keeper: k, barrier: b, cut: cut, log: log, silence: feed.SilenceLimit}
	f.confirmer = newConfirmer(line, i, log, f.askAgain, f.connected.Load)
	k.offer = f.confirmer.offer
	return f
}

// run returns when ctx ends. While the control plane can't be reached the edge serves what it last knew.
func (f *follower) run(ctx context.Context) {
	defer f.line.client.CloseIdleConnections()
	var said string
	var saidAt time.Time
	pause := firstPause
	for {
		heard := f.lastHeard.Load()
		err := f.follow(ctx)
		f.connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		f.failures.Add(1)
		if f.lastHeard.Load() != heard {
			pause = firstPause
		}
		if err.Error() != said || time.Since(saidAt) > repeatLog {
			said, saidAt = err.Error(), time.Now()
			caughtUp, _ := f.barrier.stands()
			f.log.Warn("route stream ended; serving what is known", "serving", caughtUp, "error", err, "version", f.keeper.table.Version(),
				"routes", f.keeper.table.Len())
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		}
		pause = min(2*pause, longestPause)
	}
}

// follow connects once and learns until the stream ends, which is always an error.
func (f *follower) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f.leave.Store(&cancel)
	watchdog := time.AfterFunc(f.silence, func() { cancel(fmt.Errorf("nothing heard for %s", f.silence)) })
	defer watchdog.Stop()

	res, err := f.connect(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	defer res.Body.Close()
	f.connected.Store(true)
	f.streams.Add(1)
	f.unfence()
	f.log.Info("route stream connected", "control", f.line.control, "version", f.keeper.table.Version())

	lines := feed.NewReader(res.Body)
	defer f.keeper.settle()
	for {
		m, err := lines.Next()
		if err != nil {
			return cause(ctx, err)
		}
		watchdog.Reset(f.silence)
		if err := f.keeper.learn(m); err != nil {
			return err
		}
		f.lastHeard.Store(time.Now().UnixNano())
		f.barrier.heard(f.behind(m))
		if !lines.More() {
			f.keeper.settleAside()
		}
		f.keeper.confirm(m.Type == feed.KindHeartbeat)
	}
}

// behind reports, of what was just learned, whether the control plane has something newer.
func (f *follower) behind(m feed.Message) bool {
	switch {
	case m.Type == feed.KindSnapshot, m.Type == feed.KindHeartbeat && m.History != "":
		f.newest = standing{m.Version, m.History}
	case m.Type == feed.KindHeartbeat:
		f.newest.version = max(f.newest.version, m.Version)
	}
	table := f.keeper.table
	return !table.Ready() || table.Version() < f.newest.version || table.History() != f.newest.history && f.newest.history != ""
}

// askAgain is for who heard that this edge is fenced: the stream's answer is what counts, as it comes last.
func (f *follower) askAgain() {
	if leave := f.leave.Load(); leave != nil {
		(*leave)(errFenced)
	}
}

// fence lets nobody be served, nor go on, until the control plane lets the edge in again.
func (f *follower) fence() {
	if !f.barrier.fence() {
		return
	}
	f.cut()
	f.log.Warn("an operator has fenced this edge; it serves nothing until it is unfenced", "edge", f.identity.Edge, "name", f.identity.Name)
	if err := f.identity.setFenced(true); err != nil {
		f.log.Error("a restart would not know that this edge is fenced", "error", err)
	}
}

func (f *follower) unfence() {
	if !f.barrier.unfence() {
		return
	}
	f.log.Info("this edge is not fenced any more; it serves once it has caught up")
	if err := f.identity.setFenced(false); err != nil {
		f.log.Error("a restart would take this edge for fenced, until the control plane is reached", "error", err)
	}
}

func (f *follower) connect(ctx context.Context) (*http.Response, error) {
	query := f.identity.Query()
	// A filter that isn't known keeps everybody out, and changes alone would not bring it.
	if f.keeper.table.Ready() && !f.keeper.table.Incomplete() && !f.keeper.unplanned() {
		query.Set(feed.SinceParam, strconv.FormatInt(f.keeper.table.Version(), 10))
		if history := f.keeper.table.History(); history != "" {
			query.Set(feed.HistoryParam, history)
		}
	}
	res, err := f.line.send(ctx, http.MethodGet, feed.Path+"?"+query.Encode(), feed.ContentType, nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		err = f.line.refusedBy(res, "the route stream")
		if errors.Is(err, errFenced) {
			f.fence()
		}
		return nil, err
	}
	return res, nil
}
