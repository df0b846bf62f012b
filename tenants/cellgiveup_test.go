package tenants

import (
	"testing"

	"github.com/google/uuid"
)

func TestACellThatIsLostIsGivenUpWithItsWorkspaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.exec("update cells set state = 'closed' where name = 'local'")
	elm, _ := b.signUp("elm") // in north, and being provisioned
	b.exec("update cells set state = 'ready' where name = 'local'")
	b.exec("update cells set state = 'closed' where name = 'north'")
	b.signUp("fir")
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	b.exec("update workspaces set state = 'running', deleted_at = null")
	b.exec("update operations set state = 'running', finished_at = null, lease_owner = 'w', lease_until = now() + interval '1 hour', epoch = 7 where workspace_id = $1", elm.Workspace.ID)
	b.exec(`insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), $1, 'quarantined', 'a', 'a', '', '', '', '', '', '', r.id, now() from releases r`, north.ID)

	b.must(b.store.GiveUpCell(t.Context(), anOperator, north.ID, "it burned down"))

	var state, fir, op string
	var epoch int
	b.one(&state, "select state from workspaces where slug = 'elm'")
	b.one(&fir, "select state from workspaces where slug = 'fir'")
	b.one(&op, "select state || ': ' || message from operations where workspace_id = $1", elm.Workspace.ID)
	b.one(&epoch, "select epoch from operations where workspace_id = $1", elm.Workspace.ID)
	c, err := b.store.Cell(t.Context(), north.ID)
	b.must(err)
	if state != "deleted" || fir != "running" || op != "undone: its cell was given up: it burned down" || epoch != 8 || c.State != CellDestroyed || b.count("storages where cell_id = $1", north.ID) != 0 {
		t.Errorf("elm %s, fir %s, operation %s at epoch %d, cell %s", state, fir, op, epoch, c.State)
	}
	b.unreconciled("local")
	events, err := b.store.Events(t.Context(), &elm.Tenant.ID, EventFilter{}, Page{Limit: 1})
	b.must(err)
	if events[0].Action != "workspace.lost" || events[0].Actor != anOperator.Name() || events[0].Details["why"] != "its cell was given up: it burned down" {
		t.Errorf("the tenant is told %+v", events[0])
	}
	b.refused(b.store.GiveUpCell(t.Context(), anOperator, north.ID, ""), Conflict, "cell north is destroyed already")
	again, err := b.store.AddCell(t.Context(), anOperator, aCell("north")) // its name is free again
	b.must(err)
	if again.State != CellPlanned {
		t.Errorf("%+v", again)
	}
}

func TestACellThatMayBeThereIsNotGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.refused(b.store.GiveUpCell(t.Context(), anOperator, uuid.New(), ""), NotFound, "there is no such cell")
	b.refused(b.store.GiveUpCell(t.Context(), anOperator, b.cell().ID, ""), Conflict, "cell local keeps the archive of the audit trail")
	b.must(b.store.NoteCapacity(t.Context(), north.ID, []Measurement{{Dimension: DatabaseDimension, Used: 7}}))
	b.refused(b.store.GiveUpCell(t.Context(), anOperator, north.ID, ""), Conflict, "cell north answered within the last 5 minutes")
	b.move(answeredLately)
	_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunDrift, nil)
	b.must(err)
	b.refused(b.store.GiveUpCell(t.Context(), anOperator, north.ID, ""), Conflict, "a run on cell north is not over yet")
	b.exec("update cell_runs set state = 'failed', finished_at = now()")
	b.must(b.store.GiveUpCell(t.Context(), anOperator, north.ID, ""))
}
