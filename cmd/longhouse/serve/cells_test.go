package serve

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAWorkerIsReadyWhileItReachesACellAndTellsOfTheOthers(t *testing.T) {
	t.Parallel()
	said := &bytes.Buffer{}
	registry := prometheus.NewRegistry()
	cells := newCells(&control{metrics: registry, log: slog.New(slog.NewJSONHandler(said, nil))})
	one, other, lost := tenants.Cell{ID: uuid.New(), Name: "one"}, tenants.Cell{ID: uuid.New(), Name: "other"}, errors.New("nobody answers")
	ready := func(want bool, when string) {
		t.Helper()
		if err := cells.ready(t.Context()); (err == nil) != want {
			t.Errorf("%s: %v", when, err)
		}
	}
	ready(false, "before it has looked")
	cells.note(one, nil)
	cells.note(other, lost)
	cells.note(other, lost) // which is said once
	ready(true, "with one of two cells")
	const figures = `
		# HELP longhouse_worker_cell_reached 1 while this worker can work in a cell.
		# TYPE longhouse_worker_cell_reached gauge
		longhouse_worker_cell_reached{cell="one"} 1
		longhouse_worker_cell_reached{cell="other"} 0
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(figures)); err != nil {
		t.Error(err)
	}
	cells.leave(other)
	cells.note(one, lost)
	ready(false, "when the last cell is lost")
	if log := said.String(); strings.Count(log, "\n") != 2 || !strings.Contains(log, `"cell":"other"`) {
		t.Errorf("it said %s", log)
	}
	const left = `
		# HELP longhouse_worker_cell_reached 1 while this worker can work in a cell.
		# TYPE longhouse_worker_cell_reached gauge
		longhouse_worker_cell_reached{cell="one"} 0
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(left)); err != nil {
		t.Error(err)
	}
}

func TestAWorkerSaysOfEachCellWhetherItReachesIt(t *testing.T) {
	t.Parallel()
	cells := newCells(&control{metrics: prometheus.NewRegistry(), log: slog.New(slog.DiscardHandler)})
	told := map[uuid.UUID]error{}
	cells.tell = func(_ context.Context, cell uuid.UUID, failure error) error {
		told[cell] = failure
		return errors.New("the database is gone too")
	}
	broken, planned := tenants.Cell{ID: uuid.New(), Name: "broken", State: tenants.CellReady}, tenants.Cell{ID: uuid.New(), Name: "planned", State: tenants.CellPlanned}
	failure := cells.settle(t.Context(), broken)
	if failure == nil || told[broken.ID] == nil || !strings.Contains(failure.Error(), told[broken.ID].Error()) {
		t.Errorf("it failed with %v, and told %v", failure, told)
	}
	if err := cells.settle(t.Context(), planned); err != nil || len(told) != 1 {
		t.Errorf("%v, told %v", err, told)
	}
	ending, end := context.WithCancel(t.Context())
	end()
	clear(told)
	if _ = cells.settle(ending, broken); len(told) != 0 {
		t.Errorf("a worker that ends says %v", told)
	}
}

func TestACellThatAnswersIsReachedThoughItWasNotCompared(t *testing.T) {
	t.Parallel()
	cells := newCells(&control{metrics: prometheus.NewRegistry(), log: slog.New(slog.DiscardHandler)})
	cell := tenants.Cell{ID: uuid.New(), Name: "restored", State: tenants.CellReady}
	cells.open[cell.ID] = opened{cell: &provisioner.Cell{ID: cell.ID}}
	silent := errors.New("nobody answers")
	for failure, want := range map[error]error{provisioner.Uncompared("it is in doubt"): nil, silent: silent} {
		cells.prepare = func(context.Context, *provisioner.Cell) error { return failure }
		cells.tell = func(_ context.Context, _ uuid.UUID, told error) error {
			if !errors.Is(told, want) {
				t.Errorf("of %q others are told %v", failure, told)
			}
			return nil
		}
		if err := cells.settle(t.Context(), cell); !errors.Is(err, failure) {
			t.Errorf("the worker works in it, as %v", err)
		}
	}
}
