package rounds

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRecentNamesWhatWasNotDoneInTime(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	r := New(registry)
	clock := time.Unix(1000, 0)
	r.now = func() time.Time { return clock }
	once := func(name string, result error) {
		ctx, end := context.WithCancel(t.Context())
		r.Every(ctx, slog.New(slog.DiscardHandler), time.Hour, name, func(context.Context) error { end(); return result })
	}
	once("seal", nil)
	once("spread", errors.New("bad luck"))
	clock = clock.Add(40 * time.Second)
	once("claim", nil)
	clock = clock.Add(30 * time.Second)
	if err := r.Recent(time.Minute, "claim"); err != nil {
		t.Error(err)
	}
	const want = "rounds are late: seal (last done 1m10s ago), spread (not done yet)"
	if err := r.Recent(time.Minute, "claim", "seal", "spread"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	const figures = `
		# HELP longhouse_worker_round_timestamp_seconds When a round was last done without an error; before the first time, when it was begun.
		# TYPE longhouse_worker_round_timestamp_seconds gauge
		longhouse_worker_round_timestamp_seconds{round="claim"} 1040
		longhouse_worker_round_timestamp_seconds{round="seal"} 1000
		longhouse_worker_round_timestamp_seconds{round="spread"} 1000
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(figures)); err != nil {
		t.Error(err)
	}
}

func TestWhatNobodyWaitsForRestsAtFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := New(nil)
		begun := time.Now()
		for _, want := range []time.Duration{0, time.Minute} {
			r.Rest(want)
			at := time.Now()
			ctx, end := context.WithCancel(t.Context())
			r.Every(ctx, slog.New(slog.DiscardHandler), time.Hour, "spread", func(context.Context) error { end(); return nil })
			if got := time.Since(at); got != want {
				t.Errorf("it began after %s, want %s", got, want)
			}
		}
		ended, end := context.WithCancel(t.Context())
		end()
		r.Every(ended, slog.New(slog.DiscardHandler), time.Hour, "never", func(context.Context) error { t.Error("it was done"); return nil })
		if since := time.Since(begun); since != time.Minute {
			t.Errorf("it took %s", since)
		}
	})
}
