package tenants

import (
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// keep puts a storage into a cell.
func (b *bundle) keep(cell uuid.UUID, state string) (name string) {
	b.t.Helper()
	storage := id.New()
	name = NamesOfStorage(storage).Database
	b.exec(`insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select $1, $2, $3, $4, '', '', '', '', '', '', '', r.id, now() from releases r limit 1`, storage, cell, state, name)
	return name
}

func TestWhatIsKeptAsideIsRemovedOnRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cell := b.cell().ID
	kept, unowned := b.keep(cell, "quarantined"), NamesOfStorage(id.New()).Database
	for name, was := range map[string]string{kept: "quarantined", unowned: "unowned"} {
		op, err := b.store.DiscardStorage(t.Context(), anOperator, cell, name, "looked at it")
		b.must(err)
		if n := b.count("operations o join storages s on s.id = o.storage_id where o.id = $1 and o.kind = 'discard' and s.state = 'removing' and s.database_name = $2", op.ID, name); n != 1 {
			t.Errorf("nothing removes what was %s", was)
		}
		if n := b.count("audit_events where action = 'cell.discard' and actor = $1 and details ->> 'was' = $2 and details ->> 'storage' = $3 and details ->> 'reason' = 'looked at it'", anOperator.Name(), was, name); n != 1 {
			t.Errorf("the trail doesn't tell of what was %s", was)
		}
		_, err = b.store.DiscardStorage(t.Context(), anOperator, cell, name, "")
		b.refused(err, Conflict, "is being removed already")
	}
	var bucket, key string
	b.one(&bucket, "select files_bucket from storages where database_name = $1", unowned)
	b.one(&key, "select key_name from storages where database_name = $1", unowned)
	if bucket != "files-"+unowned[3:] || key != "ws-"+unowned[3:] {
		t.Errorf("with the database go %s and %s", bucket, key)
	}
}

func TestWhatSomebodyUsesIsNotDiscarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	elm, _ := b.signUp("elm")
	cell := b.cell().ID
	discard := func(name string) error {
		_, err := b.store.DiscardStorage(t.Context(), anOperator, cell, name, "")
		return err
	}
	taken := b.keep(cell, "making")
	b.exec("update storages set state = 'taken', workspace_id = $1 where database_name = $2", elm.Workspace.ID, taken)
	b.refused(discard(taken), Conflict, "is that of workspace elm")
	b.refused(discard(b.keep(cell, "blank")), Conflict, "is blank; draining cell local takes such ones away")
	b.refused(discard("postgres"), Invalid, "is not the name of a workspace's database")
	kept := b.keep(cell, "quarantined")
	_, err := b.store.DiscardStorage(t.Context(), anOperator, id.New(), kept, "")
	b.refused(err, NotFound, "there is no such cell")
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	b.refused(discard(kept), Conflict, "cell local was not compared with the control plane's database yet")
}

func TestACellIsNotDestroyedWithWhatIsKeptAside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.applied("north")
	b.signUp("elm") // has a release
	b.must(b.store.SetCellState(t.Context(), anOperator, north.ID, CellDraining))
	b.keep(north.ID, "quarantined")
	_, err := b.store.RunCell(t.Context(), anOperator, north.ID, RunPlanDestroy, nil)
	b.refused(err, Conflict, "1 of the storages are kept aside after a restore: `longhouse sweep` names them, and `longhouse cells discard north NAME` removes one")
}
