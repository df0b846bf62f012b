package provisioner

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// stage is a step of one operation, and how far it is.
type stage struct {
	Step
	state   string
	foreign bool // only another version knows how it is done, and how it is taken back
}

// stages brings a plan together with what is written down of an operation's steps, which another version may have begun:
// the one before, whose plan lacks a step of ours, or has one that we gave up; or the one after. Steps are known by their
// names. What only the other plan has is of interest once it was begun, and then comes where it came there.
func stages(p plan, written []dbsql.ListStepsRow) []stage {
	list := make([]stage, len(p.steps), len(p.steps)+len(written))
	for i, step := range p.steps {
		list[i] = stage{Step: step, state: stepWaiting}
	}
	at := -1 // the place of the step before
	for _, row := range written {
		i := slices.IndexFunc(list, func(s stage) bool { return s.Name == row.Name })
		switch {
		case i >= 0:
			list[i].state, at = row.State, i
		case row.State != stepWaiting:
			at++
			list = slices.Insert(list, at, other(p, row))
		}
	}
	return list
}

// other is a step that is not in the plan.
func other(p plan, row dbsql.ListStepsRow) stage {
	if i := slices.IndexFunc(p.former, func(s Step) bool { return s.Name == row.Name }); i >= 0 {
		return stage{Step: p.former[i], state: row.State}
	}
	return stage{Step: Step{Name: row.Name}, state: row.State, foreign: true}
}

// stagesOf reads how far an operation's steps are, and writes those down that are not yet.
func (e *Engine) stagesOf(ctx context.Context, l lease, p plan) ([]stage, error) {
	written, err := dbsql.New(e.pool).ListSteps(ctx, l.operation)
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	list := stages(p, written)
	same := func(s stage, row dbsql.ListStepsRow) bool { return s.Name == row.Name }
	if slices.EqualFunc(list, written, same) {
		return list, nil
	}
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return list, e.fenced(ctx, l, func(tx pgx.Tx) error { return writeSteps(ctx, dbsql.New(tx), l, names) })
}

// aside is a number that no step has.
const aside = 1000

// writeSteps makes these the operation's steps, in this order. Those that it has keep their states.
func writeSteps(ctx context.Context, q *dbsql.Queries, l lease, names []string) error {
	if err := q.DropSteps(ctx, dbsql.DropStepsParams{OperationID: l.operation, Names: names}); err != nil {
		return fmt.Errorf("drop steps of another version: %w", err)
	}
	for _, beyond := range []int32{aside, 0} { // numbers are unique also for the moment
		if err := q.MoveSteps(ctx, dbsql.MoveStepsParams{OperationID: l.operation, Names: names, Beyond: beyond}); err != nil {
			return fmt.Errorf("put steps in order: %w", err)
		}
	}
	if err := q.AddSteps(ctx, dbsql.AddStepsParams{OperationID: l.operation, Names: names}); err != nil {
		return fmt.Errorf("add steps: %w", err)
	}
	return nil
}
