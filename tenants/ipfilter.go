package tenants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// IPFilter says from where a workspace may be reached, at one version. The newest version is in force.
type IPFilter struct {
	Workspace uuid.UUID
	Version   int64 // 0: none was ever set, and everybody is let in
	// Open lets everybody in, whatever the rules say. Otherwise nobody is let in whom no rule in force names.
	Open  bool
	Rules []IPRule // in the order that people gave them
	// Exceptions let some in for one purpose whom no rule does.
	Exceptions []IPException
	Forced     bool   // it was saved though it shut out who saved it
	ChangedBy  string // the principal
	Reason     string // for those who read of it later; may be empty
	ChangedAt  time.Time
	Trial      *IPTrial // nil unless it waits to be confirmed
}

// IPRule lets one network in.
type IPRule struct {
	ID      uuid.UUID    `json:"id"`
	Network netip.Prefix `json:"network"` // canonical, as internal/cidr reads it
	Name    string       `json:"name"`    // what it is, for people; may be empty
	Owner   string       `json:"owner"`   // who it is for, or answers for it; may be empty
	Enabled bool         `json:"enabled"`
	Until   *time.Time   `json:"until"` // when it ends by itself; nil: never
	AddedBy string       `json:"added_by"`
	AddedAt time.Time    `json:"added_at"`
	Hour    *IPHour      `json:"hour,omitempty"` // nil unless an owner let themselves in by it
}

// inForce reports whether the rule lets its network in at a time.
func (r IPRule) inForce(at time.Time) bool {
	return r.Enabled && (r.Until == nil || r.Until.After(at))
}

// IPFilterVersion is what a history tells of one version.
type IPFilterVersion struct {
	Version                        int64
	Open                           bool
	Rules, Added, Removed, Changed int // how many; the last three of rules and exceptions
	Forced                         bool
	ChangedBy                      string
	Reason                         string
	ChangedAt                      time.Time
}

// IPFilter returns a workspace's filter that is in force.
func (s *Store) IPFilter(ctx context.Context, workspace uuid.UUID) (IPFilter, error) {
	switch ws, err := s.Workspace(ctx, workspace); {
	case err != nil:
		return IPFilter{}, err
	case ws.State == Deleted: // none would look like one that lets everybody in
		return IPFilter{}, refuse(Conflict, "", "the workspace is deleted, and its IP filter with it")
	}
	return newestIPFilter(ctx, dbsql.New(s.pool), workspace)
}

func newestIPFilter(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) (IPFilter, error) {
	row, err := q.NewestIPFilter(ctx, workspace)
	if errors.Is(err, pgx.ErrNoRows) {
		return IPFilter{Workspace: workspace, Open: true}, nil
	}
	if err != nil {
		return IPFilter{}, fmt.Errorf("read the newest IP filter: %w", err)
	}
	f, err := ipFilter(row)
	if err != nil {
		return IPFilter{}, err
	}
	return f, f.findTrial(ctx, q)
}

// IPFilterAt returns the filter that was set as this version; version 0 is that of before.
func (s *Store) IPFilterAt(ctx context.Context, workspace uuid.UUID, version int64) (IPFilter, error) {
	return ipFilterAt(ctx, dbsql.New(s.pool), workspace, version)
}

func ipFilterAt(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID, version int64) (IPFilter, error) {
	if version == 0 {
		return IPFilter{Workspace: workspace, Open: true}, nil
	}
	row, err := q.GetIPFilter(ctx, dbsql.GetIPFilterParams{WorkspaceID: workspace, Version: version})
	if err != nil {
		return IPFilter{}, unlessMissing(err, refuse(NotFound, "", "the IP filter has no version %d", version))
	}
	f, err := ipFilter(row)
	if err != nil {
		return IPFilter{}, err
	}
	return f, f.findTrial(ctx, q)
}

func ipFilter(row dbsql.IpFilter) (IPFilter, error) {
	f := IPFilter{Workspace: row.WorkspaceID, Version: row.Version, Open: row.Open, Forced: row.Forced, ChangedBy: row.ChangedBy, Reason: row.Reason, ChangedAt: row.ChangedAt}
	if err := json.Unmarshal(row.Rules, &f.Rules); err != nil {
		return IPFilter{}, fmt.Errorf("decode version %d of an IP filter: %w", row.Version, err)
	}
	if err := json.Unmarshal(row.Exceptions, &f.Exceptions); err != nil {
		return IPFilter{}, fmt.Errorf("decode the exceptions of version %d of an IP filter: %w", row.Version, err)
	}
	return f, nil
}

// IPFilterHistory returns the versions of a filter, the newest first, that are older than before; 0: from the newest.
func (s *Store) IPFilterHistory(ctx context.Context, workspace uuid.UUID, before int64, most int32) ([]IPFilterVersion, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := dbsql.New(s.pool).ListIPFilters(ctx, dbsql.ListIPFiltersParams{WorkspaceID: workspace, Before: before, Most: most})
	if err != nil {
		return nil, fmt.Errorf("list the versions of an IP filter: %w", err)
	}
	list := make([]IPFilterVersion, 0, len(rows))
	for _, r := range rows {
		list = append(list, IPFilterVersion{Version: r.Version, Open: r.Open, Rules: int(r.Rules), Added: int(r.Added), Removed: int(r.Removed), Changed: int(r.Changed),
			Forced: r.Forced, ChangedBy: r.ChangedBy, Reason: r.Reason, ChangedAt: r.ChangedAt})
	}
	return list, nil
}
