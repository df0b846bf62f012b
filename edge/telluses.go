package edge

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	// usesEvery is how often the control plane is told which workspaces are used. It counts an edge that told nothing for four times as long as
	// one that does not know, and then puts nothing to rest.
	usesEvery = 30 * time.Second
	// usesAgain is how soon it is tried again to tell.
	usesAgain = 5 * time.Second
)

// teller tells the control plane which workspaces are used, also when none is.
type teller struct {
	line     *controlLine
	identity *identity
	uses     *uses
	log      *slog.Logger
	every    time.Duration
	again    time.Duration
	told     atomic.Int64 // when it told all last, in unix nanoseconds; 0: never

	untold map[string]struct{}
}

func newTeller(line *controlLine, i *identity, u *uses, log *slog.Logger) *teller {
	return &teller{line: line, identity: i, uses: u, log: log, every: usesEvery, again: usesAgain, untold: map[string]struct{}{}}
}

// begin tells until the end that it returns, which tells what is left.
func (t *teller) begin(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		t.run(ctx)
	}()
	return func() {
		stop()
		<-told
	}
}

// run tells until ctx ends, and then once more what is left to tell.
func (t *teller) run(ctx context.Context) {
	said := ""
	for {
		last, wait := ctx.Err() != nil, t.every // what is told when it ends may not be all
		switch err := t.tell(); {
		case err == nil:
			said = ""
		case errors.Is(err, errFenced): // which the stream looks after
		default:
			wait = t.again
			if err.Error() != said {
				said = err.Error()
				t.log.Warn("the control plane does not hear which workspaces are used, and puts none to rest", "error", err)
			}
		}
		if last {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// tell tells all that is not told yet. What may not have arrived is kept.
func (t *teller) tell() error {
	for _, workspace := range t.uses.take() {
		t.untold[workspace] = struct{}{}
	}
	for {
		next := slices.Collect(maps.Keys(t.untold))
		more := len(next) > feed.UsesMost
		next = next[:min(len(next), feed.UsesMost)]
		if err := t.send(next, more); err != nil {
			return err
		}
		for _, workspace := range next {
			delete(t.untold, workspace)
		}
		if !more {
			t.told.Store(time.Now().UnixNano())
			return nil
		}
	}
}

func (t *teller) send(workspaces []string, more bool) error {
	said := feed.Uses{Identity: t.identity.Identity, Workspaces: workspaces, More: more}
	ctx, cancel := context.WithTimeout(context.Background(), confirmLimit)
	defer cancel()
	return t.line.tell(ctx, feed.UsesPath, "uses", said, http.StatusNoContent)
}
