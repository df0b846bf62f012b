package edge

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	// reportEvery is how late the control plane may know what filters did.
	reportEvery = 10 * time.Second
	// lastReport is how long the end of an edge may wait for its last report.
	lastReport = time.Second
)

// reporter tells the control plane what IP filters did. What it can't tell stays with the doors, which keep no more of it for that.
type reporter struct {
	line    *controlLine
	tallies *tallies
	every   time.Duration
	log     *slog.Logger
}

// run returns when ctx ends, after a last report.
func (r *reporter) run(ctx context.Context) {
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastReport)
			defer cancel()
			_ = r.report(last) // which is no worse than being killed
			return
		case <-tick.C:
		}
		err := r.report(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said {
			r.log.Warn("the control plane does not hear what IP filters did; telling it later", "error", err)
		}
		if said = ""; err != nil {
			said = err.Error()
		}
	}
}

// report tells all that there is now. A report whose answer is lost is told twice, so that numbers are a little high then.
func (r *reporter) report(ctx context.Context) error {
	for due := r.tallies.due(); len(due) > 0; {
		all, of, rest := askDoors(due)
		if len(all) > 0 {
			if err := r.send(ctx, feed.Activity{Workspaces: all}); err != nil {
				putBack(all, of)
				r.tallies.handBack(rest)
				return err
			}
		}
		due = rest
	}
	return nil
}

func (r *reporter) send(ctx context.Context, a feed.Activity) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	return r.line.tell(ctx, feed.ActivityPath, "what filters did", a, http.StatusNoContent)
}
