package tenants

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// hourLasts is for how long an owner who broke the glass is let in.
const hourLasts = time.Hour

// IPHour says of a rule that an owner let themselves in by it: it goes by itself.
type IPHour struct {
	Reason string `json:"reason"`
	// Was is the rule of the same network in whose place it is, and that let nobody in; nil: there was none.
	Was *IPRule `json:"was,omitempty"`
}

// hourFor is the rule that lets in one address, and nobody beside it.
func hourFor(from netip.Addr, rule uuid.UUID, by, owner, reason string, now time.Time) IPRule {
	until := now.Add(hourLasts)
	return IPRule{ID: rule, Network: netip.PrefixFrom(from, from.BitLen()), Name: "Break-glass", Owner: owner, Enabled: true, Until: &until, AddedBy: by, AddedAt: now,
		Hour: &IPHour{Reason: reason}}
}

// withHour adds an hour. A rule of the same network makes way for it, and comes back.
func withHour(rules []IPRule, hour IPRule) []IPRule {
	rules = slices.Clone(rules)
	hour.Hour = &IPHour{Reason: hour.Hour.Reason}
	i := slices.IndexFunc(rules, func(r IPRule) bool { return r.Network == hour.Network })
	if i < 0 {
		return append(rules, hour)
	}
	if was := rules[i]; was.Hour != nil {
		hour.Hour.Was = was.Hour.Was
	} else {
		hour.Hour.Was = &was
	}
	rules[i] = hour
	return rules
}

// withoutHours takes those hours out that are over, and puts back what made way for them.
func withoutHours(rules []IPRule, over func(IPRule) bool) []IPRule {
	left := make([]IPRule, 0, len(rules))
	for _, r := range rules {
		switch {
		case r.Hour == nil || !over(r):
			left = append(left, r)
		case r.Hour.Was != nil:
			left = append(left, *r.Hour.Was)
		}
	}
	return left
}

// anyHour is every one, as somebody thinks who asks what is there for good.
func anyHour(IPRule) bool { return true }

// hours counts those that there are.
func hours(rules []IPRule) (n int) {
	for _, r := range rules {
		if r.Hour != nil {
			n++
		}
	}
	return n
}

// takingHours are the rules of an older version that comes back, with the hours of those who are let in now: they asked for an hour, whatever
// becomes of the filter meanwhile. Hours of that time are over, or somebody ended them.
func takingHours(back, now []IPRule, at time.Time) []IPRule {
	rules := withoutHours(back, anyHour)
	for _, r := range now {
		if r.Hour != nil && r.inForce(at) {
			rules = withHour(rules, r)
		}
	}
	return rules
}

// EndHours takes the rules out of IP filters by which owners let themselves in, once they have ended, and returns of how many filters. Several may
// do so at once.
func (s *Store) EndHours(ctx context.Context) (n int, err error) {
	due, err := dbsql.New(s.pool).DueIPFilterHours(ctx, s.now())
	if err != nil {
		return 0, fmt.Errorf("look for hours of owners that are over: %w", err)
	}
	return s.eachFilter(ctx, due, "end the hours in the IP filter of", s.endHours)
}

func (s *Store) endHours(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) (ended bool, err error) {
	q := dbsql.New(tx)
	ws, err := q.LockFilteredWorkspace(ctx, workspace)
	if err != nil {
		return false, fmt.Errorf("lock workspace %s: %w", workspace, err)
	}
	over, err := q.TakeIPFilterHours(ctx, dbsql.TakeIPFilterHoursParams{WorkspaceID: workspace, Now: s.now()})
	if err != nil {
		return false, fmt.Errorf("take hours that are over: %w", err)
	}
	if state := State(ws.State); state == Removing || state == Deleted {
		return false, nil
	}
	was, err := newestIPFilter(ctx, q, workspace)
	if err != nil {
		return false, err
	}
	f := IPFilter{Workspace: workspace, Version: was.Version + 1, Open: was.Open, Exceptions: was.Exceptions, ChangedBy: System, ChangedAt: s.now(),
		Reason: "an hour that an owner had let themselves in for, by break-glass, is over",
		Rules:  withoutHours(was.Rules, func(r IPRule) bool { return slices.Contains(over, r.ID) })}
	if f.Since(was).nothing() { // somebody has removed it, or made it one of theirs
		return false, nil
	}
	_, err = s.putIPFilter(ctx, tx, Principal{}, ws.TenantID, &f, was, was.Trial)
	return true, err
}
