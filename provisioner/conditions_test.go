package provisioner

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
)

// showing is an engine that shows a list.
type showing struct {
	workload.Host
	list []workload.Observed
	err  error
}

func (s showing) List(context.Context) ([]workload.Observed, error) { return s.list, s.err }

func TestHowInstancesAreIsNotedAlsoBesideACellThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, done := r.signUp(t.Context())
	w, instance := done.Workspace, id.New()
	_, err := r.pool.Exec(t.Context(), `insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
		values ($1, $2, $3, $4, 300100, 1, 'ready', '', '', now())`, instance, w.ID, w.Cell, w.Release)
	r.must(err)
	e := r.engine("a", time.Minute)
	cell, _ := e.cells.get(w.Cell)
	cell.Workloads = showing{list: []workload.Observed{
		{ID: "somebody's", State: workload.StateRunning},
		{ID: id.Show(id.Instance, instance), State: workload.StateBackoff, Restarts: 4, Ending: workload.EndingOutOfMemory, LastExit: "killed: out of memory (limit 1 MiB)"},
	}}
	e.cells.Put(&Cell{ID: id.New(), Workloads: showing{err: errors.New("no answer")}})
	if err := e.noteConditions(t.Context()); err == nil {
		t.Error("the cell that does not answer is not told of")
	}
	seen, err := r.store.Instances(t.Context(), []uuid.UUID{w.ID})
	r.must(err)
	is := seen[w.ID]
	if is.Condition != tenants.InstanceBackoff || is.Restarts != 4 || is.Ending != tenants.OutOfMemory || is.LastExit != "killed: out of memory (limit 1 MiB)" {
		t.Errorf("%+v", is)
	}
}

func TestEveryStateAndEndingOfAnEngineHasAWordOfTheDomain(t *testing.T) {
	t.Parallel()
	for state, condition := range conditions {
		if string(state) != string(condition) {
			t.Errorf("%s is called %s", state, condition)
		}
	}
	if len(conditions) != len(tenants.Conditions)-1 { // nobody has looked
		t.Errorf("%d states have a word, of %v", len(conditions), tenants.Conditions)
	}
	for i, ending := range []workload.Ending{"", workload.EndingNotStarted, workload.EndingByItself, workload.EndingOutOfMemory, workload.EndingBeyondALimit} {
		if tenants.Endings[i] != tenants.Ending(ending) {
			t.Errorf("%s is called %s", ending, tenants.Endings[i])
		}
	}
}
