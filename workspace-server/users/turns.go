package users

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// patience is how long a sign-in waits for its turn. Who waits longer is better off to hear that and come back.
const patience = 10 * time.Second

// turns lets so many hash a password at a time as there are cores, which keeps a storm of sign-ins from taking memory and
// every core from those who are in already: with a hash of about 50 ms that is 20 sign-ins a second on each core, and
// 200 that wait and still get in. The turn goes to who waits longest, as the channel's senders queue in order.
type turns chan struct{}

func newTurns(n int) turns { return make(turns, n) }

var hashing = newTurns(runtime.GOMAXPROCS(0))

func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return nil
	case <-late.C:
		return fault.New(http.StatusServiceUnavailable, "longhouse.login.busy.app_error",
			"Too many people sign in at the same time; try again in a moment.")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) give() { <-t }
