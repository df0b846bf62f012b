package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

// TestAfterARestoreARemovalGoesOnToItsEnd has the database of workspaces be gone, of which the backup knows that somebody wanted that.
func TestAfterARestoreARemovalGoesOnToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lost := func(ws Workspace, want State, removals int) {
		t.Helper()
		b.must(b.store.Restored(t.Context(), b.now(), auditKey))
		for range 2 { // once more, as when the comparison was cut off
			b.must(b.store.Lost(t.Context(), ws.ID, "its database is gone", ""))
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
	b.refused(err, Conflict, "it was lost, so that nobody saw what was removed")
}

// certified is what the archive has of a workspace that was deleted after the backup.
func (b *bundle) certified(workspace uuid.UUID) string {
	b.t.Helper()
	signed, err := certificate.Certificate{Format: certificate.Format, Workspace: certificate.Subject{ID: id.Show(id.Workspace, workspace)},
		DeletedAt: b.now()}.Sign(auditKey)
	b.must(err)
	return signed
}

// TestAfterARestoreACertificateIsThatWhichWasIssued: of these workspaces the backup does not know that somebody wanted them gone.
func TestAfterARestoreACertificateIsThatWhichWasIssued(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for slug, kind := range map[string]Args{"runs": nil, "stops": StopArgs{}, "starts": StartArgs{}, "hibernates": HibernateArgs{}, "wakes": WakeArgs{}, "stops-asleep": StopArgs{}} {
		done, p := b.signUp(slug)
		b.end(done.Operation, Succeeded)
		ws := done.Workspace.ID
		if before := map[string]Args{"starts": StopArgs{}, "wakes": HibernateArgs{}, "stops-asleep": HibernateArgs{}}[slug]; before != nil {
			op, err := b.store.Ask(t.Context(), p, ws, before, "")
			b.must(err)
			b.end(op, Succeeded)
		}
		if kind != nil {
			_, err := b.store.Ask(t.Context(), p, ws, kind, "")
			b.must(err)
		}
		b.must(b.store.Restored(t.Context(), b.now(), auditKey))
		signed := b.certified(ws)
		for range 2 { // once more, as when the comparison was cut off
			b.must(b.store.Lost(t.Context(), ws, "its database is gone", signed))
		}
		b.must(b.store.Reconciled(t.Context(), b.cell().ID, Reconciled{}))
		list, err := b.store.Operations(t.Context(), OperationFilter{Within: Reach{everywhere: true}, Workspace: &ws}, Page{Limit: 1})
		b.must(err)
		if got := b.state(ws); got != Removing || list[0].Kind != KindDelete || list[0].State != Queued {
			t.Fatalf("what %s is %s, by the operation %s", slug, got, list[0].Kind)
		}
		b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error {
			none := func(time.Time) []certificate.Aging { return nil }
			return errors.Join(b.store.Arrive(t.Context(), tx, list[0], Succeeded), b.store.Certify(t.Context(), tx, list[0], none, ed25519.NewKeyFromSeed(make([]byte, 32))))
		}))
		got, err := b.store.Certificate(t.Context(), ws)
		b.must(err)
		if got != signed || b.state(ws) != Deleted {
			t.Errorf("it is %s, and certified by %s", b.state(ws), got)
		}
		if n := b.count("audit_events where action = 'workspace.certify' and details ->> 'sha256' = $1", certificateSum(signed)); n != 1 {
			t.Errorf("%d events have its hash", n)
		}
	}
	b.must(b.store.ArchiveCertificates(t.Context(), func(context.Context, uuid.UUID, string) error {
		return errors.New("what came from the archive goes there again")
	}))
}

// TestWhatIsLeftOfALostWorkspaceCanBeFound: nobody knows whether somebody wanted it gone, so that nothing of it is removed.
func TestWhatIsLeftOfALostWorkspaceCanBeFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("elm").Workspace
	_, err := b.pool.Exec(t.Context(), `insert into storages (id, cell_id, workspace_id, state, database_name, role_name, files_bucket, exports_bucket, files_access,
		exports_access, key_name, secrets, release_id, created_at) select gen_random_uuid(), cell_id, id, 'taken', 'd', '', 'f', '', '', '', 'k', '', release_id, now() from workspaces`)
	b.must(err)
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	b.must(b.store.Lost(t.Context(), ws.ID, "its database is gone", ""))
	var storage uuid.UUID
	b.one(&storage, "select id from storages where state = 'quarantined' and workspace_id is null and files_bucket = 'f'")
	if n := b.count("audit_events where action = 'workspace.lost' and details ->> 'storage_kept_aside' = $1", id.Show(id.Storage, storage)); n != 1 || b.state(ws.ID) != Deleted {
		t.Errorf("%d events tell which storage it had", n)
	}
}

func TestACertificateIsHandedToTheArchiveUntilItIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.running("elm").Workspace.ID
	signed := b.certified(ws)
	_, err := b.pool.Exec(t.Context(), "insert into certificates (workspace_id, issued_at, jws) values ($1, now(), $2)", ws, signed)
	b.must(err)
	var kept []string
	broken := errors.New("the store can't be reached")
	for _, answer := range []error{broken, nil, nil} {
		err := b.store.ArchiveCertificates(t.Context(), func(_ context.Context, workspace uuid.UUID, text string) error {
			kept = append(kept, id.Show(id.Workspace, workspace)+" "+text)
			return answer
		})
		if !errors.Is(err, answer) {
			t.Error(err)
		}
	}
	want := id.Show(id.Workspace, ws) + " " + signed
	if len(kept) != 2 || kept[0] != want || kept[1] != want {
		t.Errorf("handed over were %q", kept)
	}
	if _, err := b.pool.Exec(t.Context(), "update certificates set jws = ''"); err == nil || !strings.Contains(err.Error(), "only ever added to") {
		t.Errorf("an archived certificate can be changed: %v", err)
	}
}
