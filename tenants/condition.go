package tenants

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Condition is how an instance is, as the workload engine sees it.
type Condition string

// The conditions.
const (
	// Unseen: nobody has looked yet.
	Unseen Condition = ""
	// InstanceStarting: it is about to run.
	InstanceStarting Condition = "starting"
	// InstanceRunning: its process runs.
	InstanceRunning Condition = "running"
	// InstanceBackoff: it ended or could not be started, and is tried again after a while.
	InstanceBackoff Condition = "backoff"
	// InstanceStopping: it finishes what it has in hand.
	InstanceStopping Condition = "stopping"
)

// Conditions lists all of them.
var Conditions = []Condition{Unseen, InstanceStarting, InstanceRunning, InstanceBackoff, InstanceStopping}

// Ending is how an instance ended that nobody had asked to.
type Ending string

// The endings.
const (
	// NeverEnded: it did not.
	NeverEnded Ending = ""
	// NotStarted: it could not even be started.
	NotStarted Ending = "not_started"
	// EndedByItself: its process ended.
	EndedByItself Ending = "by_itself"
	// OutOfMemory: it was ended because it took too much.
	OutOfMemory Ending = "out_of_memory"
	// BeyondALimit: the same, for another limit.
	BeyondALimit Ending = "beyond_a_limit"
)

// Endings lists all of them.
var Endings = []Ending{NeverEnded, NotStarted, EndedByItself, OutOfMemory, BeyondALimit}

// newsFor is for how long people are told of an instance that it was restarted.
const newsFor = 10 * time.Minute

// Instance is one as a worker saw it last.
type Instance struct {
	Condition Condition
	Restarts  int       // since it was last wanted otherwise
	Ending    Ending    // the last
	LastExit  string    // the same in the engine's words, which operators know
	Since     time.Time // when any of this was last seen to change; of one that is noted, now
	Trouble   string    // a sentence for people whose workspace it is, where one is read and there is something to say
}

func (i Instance) trouble(now time.Time) string {
	switch {
	case i.Restarts == 0 || i.Condition == InstanceStopping:
		return ""
	case i.Condition != InstanceRunning:
		return "Restarting: " + i.why()
	case now.Sub(i.Since) < newsFor:
		return "It was restarted: " + i.why()
	}
	return ""
}

func (i Instance) why() string {
	switch i.Ending {
	case OutOfMemory, BeyondALimit:
		return "it was " + strings.TrimPrefix(i.LastExit, "killed: ") + "."
	case NotStarted:
		return "its server could not be started. Our operators can see why."
	default:
		return "its server ended by itself."
	}
}

// NoteInstances writes down what a worker saw of a cell's instances, by their ids.
func (s *Store) NoteInstances(ctx context.Context, cell uuid.UUID, seen map[uuid.UUID]Instance) error {
	p := dbsql.NoteConditionsParams{CellID: cell, Now: s.now()}
	for id, i := range seen {
		p.Ids, p.Conditions, p.Restarts = append(p.Ids, id), append(p.Conditions, string(i.Condition)), append(p.Restarts, int32(i.Restarts))
		p.Endings, p.LastExits = append(p.Endings, string(i.Ending)), append(p.LastExits, i.LastExit)
	}
	if err := dbsql.New(s.pool).NoteConditions(ctx, p); err != nil {
		return fmt.Errorf("note how instances are: %w", err)
	}
	return nil
}

// Instances returns what was last seen of the instances of workspaces, by workspace. Of one that has none there is nothing.
func (s *Store) Instances(ctx context.Context, workspaces []uuid.UUID) (map[uuid.UUID]Instance, error) {
	rows, err := dbsql.New(s.pool).Conditions(ctx, workspaces)
	if err != nil {
		return nil, fmt.Errorf("read how instances are: %w", err)
	}
	seen := map[uuid.UUID]Instance{}
	for _, r := range rows {
		i := Instance{Condition: Condition(r.Condition), Restarts: int(r.Restarts), Ending: Ending(r.Ending),
			LastExit: r.LastExit, Since: *r.ConditionAt}
		i.Trouble = i.trouble(s.now())
		seen[r.WorkspaceID] = i
	}
	return seen, nil
}
