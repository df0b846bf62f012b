package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// lostAfter is for how long no worker must have reached a cell for it to get no new workspaces. A failover of its database is shorter.
const lostAfter = 90 * time.Second

// looksWithin is the longest that a worker takes from one look at a cell that it doesn't reach to the next.
const looksWithin = 2 * time.Minute

// longestFailure is how much is kept of why a cell is not reached.
const longestFailure = 500

// Contact is how workers get on with reaching a cell, by the database's clock.
type Contact struct {
	ReachedAt    *time.Time // last; nil: never yet
	FailingSince *time.Time // since when they try in vain; nil: one reaches it, or none has looked yet
	FailedAt     *time.Time // last
	Failure      string     // why
}

// Failing is for how long workers have tried in vain. Time in which none has tried is not counted.
func (c Contact) Failing() time.Duration {
	if c.FailingSince == nil || c.FailedAt == nil {
		return 0
	}
	return max(0, c.FailedAt.Sub(*c.FailingSince))
}

// Lost reports whether that is too long for anybody to be sent there.
func (c Contact) Lost() bool { return c.Failing() >= lostAfter }

func (c Contact) sentence() string {
	return fmt.Sprintf("no worker has reached it for %s: %s", rough(c.Failing()), c.Failure)
}

// NoteContact writes down that a worker has reached a cell or, with a failure, that it has not.
func (s *Store) NoteContact(ctx context.Context, cellID uuid.UUID, failure error) (err error) {
	q := dbsql.New(s.pool)
	if failure == nil {
		err = q.NoteReached(ctx, cellID)
	} else {
		why := []rune(failure.Error())
		err = q.NoteUnreached(ctx, dbsql.NoteUnreachedParams{CellID: cellID, Failure: string(why[:min(len(why), longestFailure)]),
			LostAfter: lostAfter.Seconds(), LookWithin: looksWithin.Seconds()})
	}
	if err != nil {
		return fmt.Errorf("note whether a cell is reached: %w", err)
	}
	return nil
}

func contactOf(rows []dbsql.CellContact, cell uuid.UUID) Contact {
	for _, r := range rows {
		if r.CellID == cell {
			return Contact{ReachedAt: r.ReachedAt, FailingSince: r.FailingSince, FailedAt: r.FailedAt, Failure: r.Failure}
		}
	}
	return Contact{}
}
