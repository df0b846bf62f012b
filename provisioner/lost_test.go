package provisioner

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

func certified(t *testing.T, workspace uuid.UUID, name string, key ed25519.PrivateKey) string {
	t.Helper()
	signed, err := certificate.Certificate{Format: certificate.Format, Workspace: certificate.Subject{ID: id.Show(id.Workspace, workspace), Name: name}}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestAnArchiveKeepsEachCertificate(t *testing.T) {
	t.Parallel()
	archive := newArchive(t)
	ws := id.New()
	if signed, err := archive.Certificate(t.Context(), ws); signed != "" || err != nil {
		t.Fatalf("before there is one: %q, %v", signed, err)
	}
	first, second := certified(t, ws, "first", certificateKey), certified(t, ws, "second", certificateKey)
	for _, signed := range []string{first, first, second, second} { // each again, as after a crash
		if err := archive.KeepCertificate(t.Context(), ws, signed); err != nil {
			t.Fatal(err)
		}
	}
	if signed, err := archive.Certificate(t.Context(), ws); signed != first || err != nil {
		t.Errorf("%q, %v", signed, err)
	}
	if objects := objectNames(t, archive, certificateFolder); len(objects) != 2 {
		t.Errorf("%q", objects)
	}
	if all := kept(t, archive); len(all) != 0 {
		t.Errorf("who reads the audit trail's archive finds %v", all)
	}
	store := watched(archive, func(string) error { return errors.New("the disk can't be read") })
	if signed, err := store.Certificate(t.Context(), ws); err == nil {
		t.Errorf("what can't be read is %q", signed)
	}
}

// TestWhatTheArchiveSaysOfLostWorkspacesIsBelievedWhenItIsSigned has four workspaces whose databases are gone. The archive has the certificate
// of one; for another it has one that somebody else signed, for the third that of a neighbour.
func TestWhatTheArchiveSaysOfLostWorkspacesIsBelievedWhenItIsSigned(t *testing.T) {
	t.Parallel()
	r, archive := setup(t), newArchive(t)
	r.lives(4)
	rows, err := r.pool.Query(t.Context(), "select id from workspaces order by slug")
	r.must(err)
	ws, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	r.must(err)
	good := certified(t, ws[0], "", certificateKey)
	r.must(archive.KeepCertificate(t.Context(), ws[0], good))
	r.must(archive.KeepCertificate(t.Context(), ws[1], certified(t, ws[1], "", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))))
	r.must(archive.KeepCertificate(t.Context(), ws[2], good))
	r.must(r.store.Restored(t.Context(), time.Now(), certificateKey))
	e, cell := r.engine("worker", time.Minute), &Cell{ID: r.cell, Databases: r.pool, Workloads: r.agent()}
	e.archive = archive
	if err := e.Reconcile(t.Context(), cell); err == nil || !strings.HasPrefix(err.Error(), "of the 3 workspaces that live in it, 3 have no database there") {
		t.Fatalf("so many may be gone without a word: %v", err)
	}
	r.must(r.store.AcceptLoss(t.Context(), tenants.Principal{Operator: id.New()}, r.cell))

	broken := errors.New("the disk can't be read")
	e.archive = watched(archive, func(string) error { return broken })
	if err := e.Reconcile(t.Context(), cell); !errors.Is(err, broken) || r.living() != 4 {
		t.Fatalf("%v; without the archive %d of 4 workspaces are left", err, r.living())
	}
	e.archive = archive
	r.must(e.Reconcile(t.Context(), cell))
	var states []string
	for _, w := range ws {
		is, err := r.store.Workspace(t.Context(), w)
		r.must(err)
		states = append(states, string(is.State))
	}
	if want := []string{"removing", "deleted", "deleted", "deleted"}; !slices.Equal(states, want) {
		t.Errorf("they are %q, want %q", states, want)
	}
	if signed, err := r.store.Certificate(t.Context(), ws[0]); signed != good || err != nil {
		t.Errorf("%q, %v", signed, err)
	}
}
