package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/tenants"
)

// cellID is that of a cell by its name.
func (b *bundle) cellID(name string) uuid.UUID {
	b.t.Helper()
	c, err := b.store.FindCell(b.t.Context(), name)
	b.must(err)
	return c.ID
}

func init() {
	wishes["accept-loss"] = func(b *bundle) wish {
		b.must(b.store.Restored(b.t.Context(), b.clock.now(), auditKey))
		b.must(b.store.NoteUnreconciled(b.t.Context(), b.cellID("local"), "of 7 workspaces 5 are gone", 5))
		return wish{"/cells/local/accept-loss", b.operator(), ConfirmCellBody{Confirm: "local"}}
	}
	wishes["give-up-cell"] = func(b *bundle) wish {
		op := b.operator()
		b.addCell(op, "north")
		return wish{"/cells/north/give-up", op, ConfirmCellBody{Confirm: "north", Reason: "it burned down"}}
	}
	wishes["discard-storage"] = func(b *bundle) wish {
		name := tenants.NamesOfStorage(uuid.Must(uuid.NewV7())).Database
		return wish{"/cells/local/storages/" + name + "/discard", b.operator(), DiscardBody{Confirm: name, Reason: "looked at it"}}
	}
}

func TestWhatCanNotBeTakenBackOfACellIsConfirmed(t *testing.T) {
	t.Parallel()
	for verb, done := range map[string]int{"accept-loss": http.StatusOK, "give-up-cell": http.StatusOK, "discard-storage": http.StatusAccepted} {
		b := setup(t)
		w := wishes[verb](b)
		if a := b.want(http.StatusUnprocessableEntity, post, w.path, w.token, ConfirmCellBody{Confirm: "another"}); !strings.Contains(string(a.body), "name as confirm") {
			t.Errorf("%s: %s", verb, a.body)
		}
		b.want(done, post, w.path, w.token, w.body)
	}
}

func TestReadinessNamesCellsThatWaitForTheirComparison(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ready := func() string {
		t.Helper()
		a, err := b.try(get, readyPath, "", nil)
		b.must(err)
		return strings.TrimSpace(string(a.body))
	}
	if got := ready(); got != `{"status":"ok"}` {
		t.Errorf("ready: %s", got)
	}
	b.must(b.store.Restored(t.Context(), b.clock.now(), auditKey))
	b.must(b.store.NoteUnreconciled(t.Context(), b.cellID("local"), "secrets of operators", 0))
	if got := ready(); got != `{"status":"ok","cells_not_compared":["local"]}` {
		t.Errorf("after a restore: %s", got)
	}
	figure := func(want string) {
		t.Helper()
		text := `
			# HELP longhouse_cell_compared 1 unless the cell was not compared with the control plane's database yet, as after a restore: nobody works in it.
			# TYPE longhouse_cell_compared gauge
			longhouse_cell_compared{cell="local"} ` + want + "\n"
		if err := testutil.CollectAndCompare(NewGauges(b.store, b.server.log), strings.NewReader(text), "longhouse_cell_compared"); err != nil {
			t.Error(err)
		}
	}
	figure("0")
	b.must(b.store.Reconciled(t.Context(), b.cellID("local"), tenants.Reconciled{}))
	figure("1")
	if got := ready(); got != `{"status":"ok"}` {
		t.Errorf("ready again: %s", got)
	}
}
