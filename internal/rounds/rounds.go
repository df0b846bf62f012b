// Package rounds knows of what a process does again and again when it was last done without an error. It never knows what for.
package rounds

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/guard"
)

// Rounds are those of one process.
type Rounds struct {
	now  func() time.Time
	told *prometheus.GaugeVec

	mu   sync.Mutex
	done map[string]time.Time
	rest time.Duration
}

// New returns rounds whose figures are in metrics; nil: nobody asks for them.
func New(metrics prometheus.Registerer) *Rounds {
	r := &Rounds{now: time.Now, done: map[string]time.Time{}, told: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "longhouse_worker_round_timestamp_seconds",
		Help: "When a round was last done without an error; before the first time, when it was begun."}, []string{"round"})}
	if metrics != nil {
		metrics.MustRegister(r.told)
	}
	return r
}

// Rest has rounds that begin from now on begin after a while: who takes over from somebody that died does at once what others wait for, and
// nothing else.
func (r *Rounds) Rest(pause time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest = pause
}

func (r *Rounds) rests() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rest
}

// Every does a round again and again until ctx ends, as guard.Every does.
func (r *Rounds) Every(ctx context.Context, log *slog.Logger, pause time.Duration, name string, round func(context.Context) error) {
	r.EveryOr(ctx, log, pause, nil, name, round)
}

// EveryOr does it also when the bell rings, as guard.EveryOr does.
func (r *Rounds) EveryOr(ctx context.Context, log *slog.Logger, pause time.Duration, bell guard.Bell, name string, round func(context.Context) error) {
	r.tell(name, r.now())
	if rest := r.rests(); rest > 0 {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
	guard.EveryOr(ctx, log, pause, bell, name, func(ctx context.Context) error {
		err := round(ctx)
		if err == nil {
			r.note(name)
		}
		return err
	})
}

func (r *Rounds) note(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[name] = r.now()
	r.tell(name, r.done[name])
}

func (r *Rounds) tell(name string, at time.Time) {
	r.told.WithLabelValues(name).Set(float64(at.UnixMilli()) / 1000)
}

// Recent returns nil when each of the rounds that are named was done within, else an error that says which were not.
func (r *Rounds) Recent(within time.Duration, names ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var late []string
	for _, name := range names {
		switch at, ok := r.done[name]; {
		case !ok:
			late = append(late, name+" (not done yet)")
		case r.now().Sub(at) > within:
			late = append(late, fmt.Sprintf("%s (last done %s ago)", name, r.now().Sub(at).Round(time.Second)))
		}
	}
	if len(late) > 0 {
		return fmt.Errorf("rounds are late: %s", strings.Join(late, ", "))
	}
	return nil
}
