package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// AccessLogSettled is how long after a workspace's deletion its access log is looked for once more, and then never again: what an edge told
	// before is sorted by then, and what one tells later is not taken.
	AccessLogSettled = 3 * time.Hour
	// accessLogLag is how far behind an edge's log may be without being named: it hands lines over within half a minute.
	accessLogLag = 2 * time.Minute
)

// AccessLogStanding is how far an edge has handed its access log over.
type AccessLogStanding struct {
	Until           time.Time // all that had ended before is in the object store, or lost
	Segments, Bytes int64     // that wait on its disk
	Lost            int64     // lines that nobody will read, since it last said so
}

// NoteAccessLog takes an edge's word for it. That of a fenced edge counts too: it says what the edge did before.
func (s *Store) NoteAccessLog(ctx context.Context, edge uuid.UUID, a AccessLogStanding) error {
	n, err := dbsql.New(s.pool).NoteAccessLog(ctx, dbsql.NoteAccessLogParams{EdgeID: edge, UntilAt: a.Until, Now: s.now(), Segments: a.Segments, Bytes: a.Bytes, Lost: a.Lost})
	if err != nil {
		return fmt.Errorf("note how far an edge has handed its access log over: %w", err)
	}
	if n == 0 {
		return errNoEdge
	}
	return nil
}

// KnowsEdge returns a refusal for an edge that has never asked for routes, or not for long.
func (s *Store) KnowsEdge(ctx context.Context, edge uuid.UUID) error {
	known, err := dbsql.New(s.pool).IsEdge(ctx, edge)
	if err != nil {
		return fmt.Errorf("look for edge %s: %w", edge, err)
	}
	if !known {
		return errNoEdge
	}
	return nil
}

// Logged returns which of these workspaces have an access log: those that are there, and are not being removed.
func (s *Store) Logged(ctx context.Context, workspaces []uuid.UUID) (map[uuid.UUID]bool, error) {
	list, err := dbsql.New(s.pool).ListLoggedWorkspaces(ctx, workspaces)
	if err != nil {
		return nil, fmt.Errorf("list workspaces that have an access log: %w", err)
	}
	logged := map[uuid.UUID]bool{}
	for _, workspace := range list {
		logged[workspace] = true
	}
	return logged, nil
}

// HaveLog is Logged by how workspaces are shown. What is no workspace's id has no access log.
func (s *Store) HaveLog(ctx context.Context, shown []string) (map[string]bool, error) {
	ids := make([]uuid.UUID, 0, len(shown))
	for _, text := range shown {
		if workspace, err := id.Parse(id.Workspace, text); err == nil {
			ids = append(ids, workspace)
		}
	}
	logged, err := s.Logged(ctx, ids)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for workspace := range logged {
		there[id.Show(id.Workspace, workspace)] = true
	}
	return there, nil
}

// EachLogged calls do with every workspace that has an access log.
func (s *Store) EachLogged(ctx context.Context, do func(workspace uuid.UUID) error) error {
	q := dbsql.New(s.pool)
	for after := uuid.Nil; ; {
		list, err := q.ListAccessLogOwners(ctx, after)
		if err != nil {
			return fmt.Errorf("list workspaces that have an access log: %w", err)
		}
		for _, after = range list {
			if err := do(after); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			return nil
		}
	}
}

// ForgetAccessLogs calls forget with every workspace that is being removed, or was, until its log is gone for good.
func (s *Store) ForgetAccessLogs(ctx context.Context, forget func(ctx context.Context, workspace uuid.UUID) error) error {
	certain, err := s.Certain(ctx)
	if err != nil {
		return err
	}
	q := dbsql.New(s.pool)
	list, err := q.ListAccessLogsToForget(ctx, certain.Add(-AccessLogSettled))
	if err != nil {
		return fmt.Errorf("list workspaces whose access log goes: %w", err)
	}
	for _, w := range list {
		if err := forget(ctx, w.ID); err != nil {
			return err
		}
		if !w.Settled {
			continue
		}
		if err := q.EndAccessLog(ctx, dbsql.EndAccessLogParams{WorkspaceID: w.ID, Now: s.now()}); err != nil {
			return fmt.Errorf("note that an access log is gone: %w", err)
		}
	}
	return nil
}

// AccessLogState is how far the access log is complete.
type AccessLogState struct {
	Until  time.Time     // all edges have handed over what had ended before
	Lag    time.Duration // for how long one has not
	Behind []EdgeLog     // those that are late
	Waits  int64         // bytes on all edges' disks
	Lost   int64         // lines that nobody will read
}

// EdgeLog is how far one edge has.
type EdgeLog struct {
	Edge  uuid.UUID
	Name  string
	Until time.Time
}

// AccessLogState returns it as of now. An edge that has left, was fenced or is lost counts as long as something waits on its disk; one that
// never told anything, as the version before, does not count.
func (s *Store) AccessLogState(ctx context.Context) (a AccessLogState, err error) {
	edges, err := s.Edges(ctx)
	if err != nil {
		return a, err
	}
	rows, err := dbsql.New(s.pool).ListAccessLogStandings(ctx)
	if err != nil {
		return a, fmt.Errorf("read how far access logs are handed over: %w", err)
	}
	told := map[uuid.UUID]dbsql.AccessLogStanding{}
	for _, row := range rows {
		told[row.EdgeID] = row
		a.Waits, a.Lost = a.Waits+row.Bytes, a.Lost+row.Lost
	}
	now := s.now()
	a.Until = now
	for _, e := range edges {
		row, tells := told[e.ID]
		over := e.State == EdgeLeft || e.State == EdgeFenced || e.State == EdgeLost
		if !tells || over && row.Segments == 0 {
			continue
		}
		a.Until = earlier(a.Until, row.UntilAt)
		if now.Sub(row.UntilAt) > accessLogLag {
			a.Behind = append(a.Behind, EdgeLog{Edge: e.ID, Name: e.Name, Until: row.UntilAt.UTC()})
		}
	}
	a.Until, a.Lag = a.Until.UTC(), now.Sub(a.Until)
	return a, nil
}
