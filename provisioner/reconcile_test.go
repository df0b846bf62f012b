package provisioner

import (
	"reflect"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestWhatARestoredDatabaseHasCorrected(t *testing.T) {
	t.Parallel()
	same, later, replaced, gone, stranger := id.New(), id.New(), id.New(), id.New(), id.New()
	storage := func(ws uuid.UUID, state string) dbsql.Storage {
		return dbsql.Storage{WorkspaceID: &ws, DatabaseName: "ws_" + ws.String(), State: state}
	}
	instance := func(ws uuid.UUID) dbsql.Instance { return dbsql.Instance{ID: ws, WorkspaceID: ws, Epoch: 2} }
	running := func(ws uuid.UUID, generation int64) workload.Observed {
		return workload.Observed{ID: id.Show(id.Instance, ws), Generation: generation}
	}
	got := correctionsOf(
		[]dbsql.Storage{storage(same, storageTaken), storage(later, storageTaken), storage(replaced, storageTaken), storage(gone, storageTaken),
			{DatabaseName: "ws_aside", State: storageQuarantined}},
		[]dbsql.Instance{instance(same), instance(later), instance(replaced), instance(gone)},
		[]string{"ws_" + same.String(), "ws_" + later.String(), "ws_" + replaced.String()},
		[]workload.Observed{running(same, 2), running(later, 5), running(stranger, 1)},
	)
	want := corrections{lost: []uuid.UUID{gone}, stray: []workload.Observed{running(stranger, 1)}, ahead: []workload.Observed{running(later, 5)},
		revive: []uuid.UUID{replaced}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestInstanceOfALostWorkspaceIsStopped(t *testing.T) {
	t.Parallel()
	ws := id.New()
	got := correctionsOf([]dbsql.Storage{{WorkspaceID: &ws, DatabaseName: "ws_gone", State: storageTaken}},
		[]dbsql.Instance{{ID: ws, WorkspaceID: ws, Epoch: 1}}, nil, []workload.Observed{{ID: id.Show(id.Instance, ws), Generation: 1}})
	if len(got.stray) != 1 || len(got.lost) != 1 || len(got.revive)+len(got.ahead) != 0 {
		t.Errorf("%+v", got)
	}
}
