package guard

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestARoundComesWhenSomethingIsDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		bell, began := NewBell(), time.Now()
		var at []time.Duration
		time.AfterFunc(80*time.Second, bell.Ring)
		WhenDue(ctx, slog.New(slog.NewTextHandler(&told, nil)), bell, "send", func(context.Context) (time.Duration, error) {
			switch at = append(at, time.Since(began)); len(at) {
			case 1:
				return time.Minute, nil
			case 2:
				return time.Hour, errors.New("bad luck")
			case 3:
				return time.Hour, nil
			case 4:
				panic("out of luck")
			}
			stop()
			return time.Hour, errors.New("of no interest any more")
		})
		for i, want := range []int{0, 60, 70, 80, 90} { // at once, as it said, after a failure, rung for, after a panic
			if at[i] != time.Duration(want)*time.Second {
				t.Errorf("round %d after %s, want %d s", i, at[i], want)
			}
		}
		if log := told.String(); len(at) != 5 || strings.Count(log, "round=send") != 2 || !strings.Contains(log, "out of luck") || !strings.Contains(log, "bad luck") {
			t.Errorf("after %d rounds the log says:\n%s", len(at), log)
		}
	})
}

func TestFirstRoundsTakeTurnsAndNoneIsHeldUpForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turn, began := make(chan struct{}, 1), time.Now()
		var mu sync.Mutex
		var at []time.Duration
		for _, lasts := range []time.Duration{turnWithin / 2, time.Hour, 0} { // waits for the first, and then not for the second
			go inTurn(t.Context(), turn, func() {
				mu.Lock()
				at = append(at, time.Since(began))
				mu.Unlock()
				<-time.After(lasts)
			})
			synctest.Wait()
		}
		<-time.After(2 * time.Hour)
		if want := []time.Duration{0, turnWithin / 2, turnWithin}; !slices.Equal(at, want) {
			t.Errorf("they began after %s, want %s", at, want)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		turn <- struct{}{}
		inTurn(ctx, turn, func() { t.Error("it began after its end") })
	})
}

func TestUntilIsNeverNowAndNeverLong(t *testing.T) {
	t.Parallel()
	const now = 1_000_000
	for due, want := range map[int64]time.Duration{0: lookWithin, now - 5: time.Millisecond, now: time.Millisecond, now + 1500: 1500 * time.Millisecond, now + 3_600_000: lookWithin} {
		if got := Until(due, now); got != want {
			t.Errorf("due at %d: %s, want %s", due, got, want)
		}
	}
}
