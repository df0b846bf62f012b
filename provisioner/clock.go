package provisioner

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

// mendEvery is how often the engine looks whether somebody put the clock.
const mendEvery = 10 * time.Second

// clock has the engine look at the clock, and remember when it did by one that nobody can put.
func (e *Engine) clock() func(ctx context.Context) error {
	var last time.Duration // since boot
	return func(ctx context.Context) error {
		now := last
		err := e.seeClock(ctx, func() time.Duration {
			now = sinceBoot()
			if last == 0 {
				return 0
			}
			return now - last
		})
		if err == nil { // else the next look counts from the last that was written down
			last = now
		}
		return err
	}
}

func (e *Engine) seeClock(ctx context.Context, ago func() time.Duration) error {
	seen, err := e.store.MendClock(ctx, ago)
	if err == nil && seen.Mended > 0 {
		e.log.Warn("the clock was put back; what waited for it goes on", "rows", seen.Mended)
	}
	if err == nil && seen.Leapt > 0 {
		e.log.Error("the clock leapt forward; nothing that can't be taken back is done by it until it is believed: see `longhouse clock show`", "seconds", seen.Leapt.Seconds())
	}
	return err
}

// sinceBoot goes on evenly while the machine sleeps, and whatever becomes of its clock. 0 is unknown.
func sinceBoot() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
