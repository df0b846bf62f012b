package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// leastLeap is by how much more than the time that passed a clock has to go forward to be doubted. A look that is older says
	// nothing about now.
	leastLeap = time.Minute
	// longestPause is how long nobody needs to have looked at the clock, as while a machine is off, without making it doubtful.
	longestPause = 24 * time.Hour
	// believedAfter is how long workers see a clock go on evenly before it is believed without anybody saying so.
	believedAfter = 24 * time.Hour
)

// ClockSeen is what a look at the clock found.
type ClockSeen struct {
	Mended int64         // rows that waited for a clock that was put back
	Leapt  time.Duration // by how much it went forward since the look before, and nobody knows why
	Doubt  time.Duration // how much of what it shows is not believed
}

// ClockDoubt is how far the clock is believed. What is over by its time and can be had again goes by the clock; what can't be
// taken back goes by the time that has certainly come.
type ClockDoubt struct {
	SeenAt  time.Time     // what the clock showed when a worker looked last
	Doubt   time.Duration // how much of that is not believed
	Steady  time.Duration // for how long it went on evenly since it leapt last
	LeaptAt *time.Time    // what it showed then; nil: it is believed
	Certain time.Time     // the time that has certainly come
	Held    int           // workspaces that are not removed because of that
}

// seen is what is believed after a look at a clock that shows now, and by how much it leapt.
func (d ClockDoubt) seen(now time.Time, elapsed time.Duration) (is ClockDoubt, leapt time.Duration) {
	gone := now.Sub(d.SeenAt)
	is = d
	is.SeenAt = now
	switch {
	case gone < 0: // what was too much may have been put right
		is.Doubt = max(0, d.Doubt+gone)
	case elapsed > 0 && gone-elapsed > leastLeap:
		leapt = gone - elapsed
	case elapsed == 0 && gone > longestPause:
		leapt = gone
	case gone <= leastLeap:
		is.Steady += gone
	}
	if leapt > 0 {
		is.Doubt, is.Steady, is.LeaptAt = d.Doubt+leapt, 0, &now
	}
	if is.Doubt < leastLeap || is.Steady >= believedAfter {
		is.Doubt, is.Steady, is.LeaptAt = 0, 0, nil
	}
	return is, leapt
}

// setClock writes down what is believed. Operators read in their trail what became of that.
func (s *Store) setClock(ctx context.Context, tx pgx.Tx, was, is ClockDoubt, leapt time.Duration) error {
	err := dbsql.New(tx).SetClock(ctx, dbsql.SetClockParams{SeenAt: is.SeenAt, DoubtSeconds: is.Doubt.Seconds(), SteadySeconds: is.Steady.Seconds(), LeaptAt: is.LeaptAt})
	if err != nil {
		return fmt.Errorf("write down what the clock shows: %w", err)
	}
	switch {
	case leapt > 0:
		return s.recordClock(ctx, tx, System, "clock.leap", is.SeenAt, leapt)
	case was.Doubt > 0 && is.Doubt == 0:
		return s.recordClock(ctx, tx, System, "clock.trust", is.SeenAt, was.Doubt)
	}
	return nil
}

func (s *Store) recordClock(ctx context.Context, tx pgx.Tx, by, action string, shows time.Time, doubt time.Duration) error {
	return s.record(ctx, tx, Event{Actor: by, Action: action, Subject: "controlplane",
		Details: map[string]string{"shows": shown(shows), "doubt": doubt.Round(time.Second).String()}})
}

// Certain is the time that has certainly come: not what the clock leapt by, nor what nobody has seen pass. Nothing that can't be
// taken back is done before it.
func (s *Store) Certain(ctx context.Context) (time.Time, error) {
	return s.certain(ctx, dbsql.New(s.pool))
}

func (s *Store) certain(ctx context.Context, q *dbsql.Queries) (time.Time, error) {
	d, err := s.clockDoubt(ctx, q)
	return d.Certain, err
}

func (s *Store) clockDoubt(ctx context.Context, q *dbsql.Queries) (d ClockDoubt, err error) {
	row, err := q.ReadClock(ctx)
	if err != nil {
		return d, fmt.Errorf("read how far the clock is believed: %w", err)
	}
	d = ClockDoubt{SeenAt: row.SeenAt, Doubt: seconds(row.DoubtSeconds), Steady: seconds(row.SteadySeconds), LeaptAt: row.LeaptAt}
	known := s.now()
	if last := row.SeenAt.Add(leastLeap); last.Before(known) {
		known = last
	}
	d.Certain = known.Add(-d.Doubt)
	return d, nil
}

// Clock returns how far the clock is believed, and what waits for that.
func (s *Store) Clock(ctx context.Context) (ClockDoubt, error) {
	q := dbsql.New(s.pool)
	d, err := s.clockDoubt(ctx, q)
	if err != nil {
		return d, err
	}
	held, err := q.CountHeldRemovals(ctx, dbsql.CountHeldRemovalsParams{Now: s.now(), Certain: d.Certain})
	if err != nil {
		return d, fmt.Errorf("count removals that wait for the clock: %w", err)
	}
	d.Held = int(held)
	return d, nil
}

// TrustClock says that the clock is right, as somebody looked at another one: the date that it shows. What is due goes on at once.
func (s *Store) TrustClock(ctx context.Context, p Principal, date string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).LockClock(ctx)
		if err != nil {
			return fmt.Errorf("look at the clock: %w", err)
		}
		if row.DoubtSeconds == 0 {
			return refuse(Conflict, "", "nobody doubts the clock")
		}
		if shows := row.Now.UTC().Format(time.DateOnly); date != shows {
			return refuse(Invalid, "date", "the clock does not show %.20q: set the machine's clock right if it is wrong, or give the date, in UTC, that another clock shows", date)
		}
		was := ClockDoubt{Doubt: seconds(row.DoubtSeconds)}
		if err := s.setClock(ctx, tx, ClockDoubt{}, ClockDoubt{SeenAt: row.Now}, 0); err != nil {
			return err
		}
		return s.recordClock(ctx, tx, p.Name(), "clock.trust", row.Now, was.Doubt)
	})
}
