package controlplane

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Clock is how far the clock of the database's machine is believed.
type Clock struct {
	SeenAt  time.Time  `json:"seen_at" doc:"What the clock showed when a worker looked last"`
	Certain time.Time  `json:"certain" doc:"The time that has certainly come; nothing that can't be taken back is done by a later one"`
	Doubt   float64    `json:"doubt_seconds" doc:"By how much the clock leapt forward, and nobody knows why; 0: it is believed"`
	LeaptAt *time.Time `json:"leapt_at,omitempty" doc:"What it showed then"`
	Steady  float64    `json:"steady_seconds" doc:"For how long workers have seen it go on evenly since; after 86400 it is believed"`
	Held    int        `json:"removals_held" doc:"Workspaces that would be removed if it were believed"`
}

// ClockOut answers with the clock.
type ClockOut struct{ Body Clock }

// TrustClockIn says that the clock is right.
type TrustClockIn struct {
	Body TrustClockBody
}

// TrustClockBody shows that somebody looked at another clock.
type TrustClockBody struct {
	Date string `json:"date" maxLength:"10" doc:"Today's date in UTC, as another clock shows it"`
}

func (s *Server) clock(ctx context.Context, _ *struct{}) (*ClockOut, error) { return s.showClock(ctx) }

func (s *Server) trustClock(ctx context.Context, in *TrustClockIn) (*ClockOut, error) {
	if err := s.store.TrustClock(ctx, principal(ctx), in.Body.Date); err != nil {
		return nil, err
	}
	return s.showClock(ctx)
}

func (s *Server) showClock(ctx context.Context) (*ClockOut, error) {
	c, err := s.store.Clock(ctx)
	if err != nil {
		return nil, err
	}
	return &ClockOut{Clock{SeenAt: c.SeenAt, Certain: c.Certain, Doubt: c.Doubt.Seconds(), LeaptAt: c.LeaptAt, Steady: c.Steady.Seconds(), Held: c.Held}}, nil
}

var (
	clockDoubt   = desc("longhouse_clock_doubt_seconds", "By how much the clock leapt forward, and is not believed. Nothing that can't be taken back is done by that time.")
	removalsHeld = desc("longhouse_removals_held", "Workspaces that would be removed if the clock were believed.")
)

func (g *Gauges) collectClock(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	c, err := g.store.Clock(ctx)
	if err != nil {
		g.log.Error("figures could not be read", "error", err)
		return
	}
	gauge(clockDoubt, c.Doubt.Seconds())
	gauge(removalsHeld, float64(c.Held))
}
