package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// hibernationsAtATime bounds those that go on, whoever began them, so that an evening on which everybody leaves is no burden for the cells.
const hibernationsAtATime = 8

// idle is a running workspace that nobody has used for a while.
type idle struct {
	workspace, tenant uuid.UUID
	since             time.Time     // as far as edges have told; also: since it runs, or could not be put to rest
	after             time.Duration // how long it has to be so until it hibernates; 0: it never does
}

// HibernateIdle has workspaces put to rest that nobody has used for their time, and returns how many it began with. Several may do so at once.
// What edges don't know counts as used.
func (s *Store) HibernateIdle(ctx context.Context, times IdleTimes) (n int, err error) {
	view, err := s.viewEdges(ctx)
	if err != nil {
		return 0, err
	}
	known, ok := view.usesKnown()
	if !ok {
		return 0, nil
	}
	q := dbsql.New(s.pool)
	going, err := q.CountHibernations(ctx)
	if err != nil {
		return 0, fmt.Errorf("count hibernations: %w", err)
	}
	rows, err := q.ListIdle(ctx, dbsql.ListIdleParams{Before: view.now.Add(-idleLeast), Canaries: CanaryTenant})
	if err != nil {
		return 0, fmt.Errorf("list workspaces that nobody uses: %w", err)
	}
	list := make([]idle, 0, len(rows))
	for _, r := range rows {
		list = append(list, idle{workspace: r.ID, tenant: r.TenantID, since: r.IdleSince, after: times.of(Plan(r.Plan), r.IdleAfterS)})
	}
	var failed error
	for _, w := range restful(list, known, view.now, hibernationsAtATime-int(going)) {
		switch err := s.letRest(ctx, w); {
		case errors.Is(err, errUsed):
		case err != nil: // which keeps no other awake
			failed = errors.Join(failed, fmt.Errorf("let %s rest: %w", id.Show(id.Workspace, w.workspace), err))
		default:
			n++
		}
	}
	return n, failed
}

// restful returns which may be put to rest now, at most so many, of those idle longest, who come first. known is from when on it is known who
// was used. Of a tenant it is one at a time, so that what people want done needs not wait for many.
func restful(list []idle, known, now time.Time, most int) (may []idle) {
	begun := map[uuid.UUID]bool{}
	for _, w := range list {
		since := w.since
		if known.After(since) {
			since = known
		}
		if len(may) >= most || w.after == 0 || now.Sub(since) < w.after || begun[w.tenant] {
			continue
		}
		begun[w.tenant] = true
		may = append(may, w)
	}
	return may
}

// errUsed is returned for a workspace that is not as it was when it was chosen.
var errUsed = errors.New("somebody came or changed it")

func (s *Store) letRest(ctx context.Context, w idle) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).LockWorkspace(ctx, w.workspace)
		if err != nil {
			return fmt.Errorf("lock workspace %s: %w", w.workspace, err)
		}
		if State(row.State) != Running || row.AlwaysOn || !row.IdleSince.Equal(w.since) {
			return errUsed
		}
		why := "nobody has used it for " + forHumans(w.after)
		_, err = s.pass(ctx, tx, System, row, HibernateArgs{}, why, map[string]string{"why": why})
		return err
	})
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return errUsed
	}
	return err
}
