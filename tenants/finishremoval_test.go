package tenants

import (
	"testing"
)

// TestAfterARestoreARemovalGoesOnToItsEnd has the database of workspaces be gone, of which the backup knows that somebody wanted that.
func TestAfterARestoreARemovalGoesOnToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lost := func(ws Workspace, want State, removals int) {
		t.Helper()
		b.must(b.store.Restored(t.Context(), b.now(), auditKey))
		for range 2 { // once more, as when the comparison was cut off
			b.must(b.store.Lost(t.Context(), ws.ID, "its database is gone"))
		}
		b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{}))
		if n := b.count("operations where kind = 'delete' and state = 'queued' and workspace_id = $1", ws.ID); n != removals || b.state(ws.ID) != want {
			t.Errorf("%s is %s, with %d removals; want %s, %d", ws.Slug, b.state(ws.ID), n, want, removals)
		}
	}
	_, resting := b.retired("resting", Running, Deletion{})
	lost(resting, Removing, 1)

	leaving, p := b.signUp("leaving")
	b.end(leaving.Operation, Succeeded)
	_, _, err := b.store.Delete(t.Context(), p, leaving.Workspace.ID, Deletion{}) // is still being taken out of service
	b.must(err)
	lost(leaving.Workspace, Removing, 1)

	going, p := b.signUp("going")
	b.end(going.Operation, Succeeded)
	_, _, err = b.store.Delete(t.Context(), p, going.Workspace.ID, Deletion{Now: true, Confirm: "going"})
	b.must(err)
	lost(going.Workspace, Removing, 1)

	unwanted := b.running("unwanted")
	lost(unwanted.Workspace, Deleted, 0)
	_, err = b.store.Certificate(t.Context(), unwanted.Workspace.ID)
	b.refused(err, Conflict, "no certificate of it is here")
}
