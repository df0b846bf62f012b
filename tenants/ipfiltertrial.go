package tenants

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// How long an IP filter may be tried: who is shut out by it waits for the end.
const (
	shortestTrial = time.Minute
	longestTrial  = time.Hour
)

// IPTrial says that an IP filter is in force just until a time, unless somebody confirms it.
type IPTrial struct {
	BackTo int64 // the version that comes back then, as a new one; 0: that of before any was set
	EndsAt time.Time
}

// fate is what becomes of a trial.
type fate string

const (
	goesOn  fate = "goes on"
	isMoot  fate = "is moot" // another version is in force, or nothing is left to guard
	reverts fate = "reverts" // its time is over
)

// fate of the trial of a version, where another one may be the newest.
func (t IPTrial) fate(version, newest int64, state State, now time.Time) fate {
	switch {
	case version != newest || state == Removing || state == Deleted:
		return isMoot
	case now.Before(t.EndsAt):
		return goesOn
	default:
		return reverts
	}
}

// checkTrial refuses a time that nobody may try a filter for; 0 is none.
func checkTrial(within time.Duration) error {
	if within != 0 && (within < shortestTrial || within > longestTrial) {
		return refuse(Invalid, "confirm_within", "confirm_within is %s; allowed is %s to %s, or none", within, shortestTrial, longestTrial)
	}
	return nil
}

// trial is that of a filter which shall be confirmed within some time; 0: it need not be. What it takes the place of, and was only tried
// itself, is nothing to go back to: nobody has seen that it lets people in.
func (f IPFilter) trial(was IPFilter, within time.Duration) *IPTrial {
	if within == 0 {
		return nil
	}
	t := &IPTrial{BackTo: was.Version, EndsAt: f.ChangedAt.Add(within)}
	if was.Trial != nil {
		t.BackTo = was.Trial.BackTo
	}
	return t
}

// putOnTrial notes of a filter whether it is tried, now that it is written down.
func putOnTrial(ctx context.Context, q *dbsql.Queries, f *IPFilter, trial *IPTrial) error {
	if err := endTrial(ctx, q, f.Workspace); err != nil {
		return err
	}
	if f.Trial = trial; trial == nil {
		return nil
	}
	err := q.TryIPFilter(ctx, dbsql.TryIPFilterParams{WorkspaceID: f.Workspace, Version: f.Version, BackTo: trial.BackTo, EndsAt: trial.EndsAt})
	if err != nil {
		return fmt.Errorf("put version %d of an IP filter on trial: %w", f.Version, err)
	}
	return nil
}

func endTrial(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := q.EndIPFilterTrial(ctx, workspace); err != nil {
		return fmt.Errorf("end the trial of an IP filter: %w", err)
	}
	return nil
}

// findTrial finds out whether a filter is on trial.
func (f *IPFilter) findTrial(ctx context.Context, q *dbsql.Queries) error {
	row, err := q.GetIPFilterTrial(ctx, f.Workspace)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read whether an IP filter is on trial: %w", err)
	}
	if row.Version == f.Version {
		f.Trial = &IPTrial{BackTo: row.BackTo, EndsAt: row.EndsAt}
	}
	return nil
}

// ConfirmIPFilter keeps a filter that is on trial. It is refused to who comes from where the filter does not let in: they have not
// shown that they are not shut out.
func (s *Store) ConfirmIPFilter(ctx context.Context, p Principal, workspace uuid.UUID, version int64, from netip.Addr) (f IPFilter, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		ws, err := lockFiltered(ctx, q, workspace)
		if err != nil {
			return err
		}
		if f, err = newestIPFilter(ctx, q, workspace); err != nil {
			return err
		}
		if err := f.confirmable(version, from, s.now()); err != nil {
			return err
		}
		f.Trial = nil
		if err := endTrial(ctx, q, workspace); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: p.Name(), Action: "workspace.confirm_ip_filter", Subject: id.Show(id.Workspace, workspace),
			Details: map[string]string{"version": strconv.FormatInt(f.Version, 10)}})
	})
	return f, err
}

func (f IPFilter) confirmable(version int64, from netip.Addr, now time.Time) error {
	switch {
	case f.Version != version:
		return refuse(Conflict, "version", "the IP filter is at version %d, and you confirm version %d: it was changed, or it is over with; read it again", f.Version, version)
	case f.Trial == nil:
		return refuse(Conflict, "version", "version %d of the IP filter is not on trial: it stays in force", version)
	case !now.Before(f.Trial.EndsAt):
		return refuse(Conflict, "version", "the time to confirm version %d of the IP filter was over at %s; %s comes back", version, shown(f.Trial.EndsAt), f.Trial.backTo())
	case !f.Open && !from.IsValid():
		return refuse(Conflict, "", "it is not known from which address you confirm this IP filter, nor whether it lets you in; %s comes back at %s", f.Trial.backTo(), shown(f.Trial.EndsAt))
	case !f.letsInForGood(from, now):
		return refuse(Conflict, "", "this IP filter shuts out %s, the address from which you confirm it; confirm it from one that it lets in, or do nothing, and %s comes back at %s",
			from.WithZone("").Unmap(), f.Trial.backTo(), shown(f.Trial.EndsAt))
	}
	return nil
}

func (t IPTrial) backTo() string {
	if t.BackTo == 0 {
		return "the open filter of before"
	}
	return fmt.Sprintf("version %d", t.BackTo)
}

// letsInUntil reports whether the filter lets an address in at a time, and until when; nil: nothing ends that, or it does not.
func (f IPFilter) letsInUntil(from netip.Addr, at time.Time) (in bool, until *time.Time) {
	if f.Open {
		return true, nil
	}
	from = from.WithZone("").Unmap()
	for _, r := range f.Rules {
		if !r.inForce(at) || !r.Network.Contains(from) {
			continue
		}
		if r.Until == nil {
			return true, nil
		}
		if in = true; until == nil || r.Until.After(*until) {
			until = r.Until
		}
	}
	return in, until
}

func (f IPFilter) letsIn(from netip.Addr, at time.Time) bool {
	in, _ := f.letsInUntil(from, at)
	return in
}

// letsInForGood reports whether it lets an address in otherwise than by break-glass.
func (f IPFilter) letsInForGood(from netip.Addr, at time.Time) bool {
	f.Rules = withoutHours(f.Rules, anyHour)
	return f.letsIn(from, at)
}
