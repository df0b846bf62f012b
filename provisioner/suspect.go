package provisioner

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Share is what an engine works. An operation is suspect whose worker died in an attempt, until it survives one; with it are all of
// its tenant, or of its kind where it is nobody's, as which of them killed the worker nobody knows.
type Share string

// The shares.
const (
	// All is for workers beside whom nobody does suspects. These go on one after the other, a second apart.
	All Share = ""
	// Sound leaves suspects to others.
	Sound Share = "sound"
	// Suspects is those alone: one of a tenant at a time, and one step of it, after which it is nobody's suspect any more. One worker begins
	// one while no other goes on in it that is not slow.
	Suspects Share = "suspects"
)

// topic is where those are nudged who do operations that are suspect, or aren't.
func (s Share) topic(suspect bool) string {
	if s != All && suspect {
		return tenants.TopicSuspect
	}
	return tenants.TopicOperation
}

// ours decides whether this engine works an operation now. What others work they are told of.
func (e *Engine) ours(ctx context.Context, tx pgx.Tx, operation uuid.UUID) (bool, error) {
	if e.share == All {
		return true, nil
	}
	group, err := dbsql.New(tx).GroupSuspect(ctx, operation)
	if err != nil {
		return false, fmt.Errorf("look whether operation %s is suspect: %w", operation, err)
	}
	if group.Held { // its worker may have died with it: the sweep says so first
		return false, nil
	}
	if group.Suspect != (e.share == Suspects) {
		return false, e.queue.Nudge(ctx, tx, e.share.topic(group.Suspect), operation, 1)
	}
	return !group.Suspect || !group.Busy, nil
}

// passOn tells those of an operation whose turn it is, once the lease on it was given back.
func (e *Engine) passOn(ctx context.Context, tx pgx.Tx, operation uuid.UUID) error {
	if e.share != Suspects {
		return nil
	}
	group, err := dbsql.New(tx).GroupSuspect(ctx, operation)
	if err != nil {
		return fmt.Errorf("look whether operation %s is suspect: %w", operation, err)
	}
	return e.queue.Nudge(ctx, tx, e.share.topic(group.Suspect), operation, 1)
}

// survived writes down that an attempt was over before its worker was, whatever came of it.
func survived(ctx context.Context, q *dbsql.Queries, operation uuid.UUID, failure error) error {
	if errors.Is(failure, errNoSurvivor) {
		return nil
	}
	if err := q.ClearSuspect(ctx, operation); err != nil {
		return fmt.Errorf("clear operation %s: %w", operation, err)
	}
	return nil
}
