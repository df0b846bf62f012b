package tenants

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

func TestACertificateTellsWhoAskedWhatIsGoneAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ws := b.retired("engines", Running, Deletion{})
	b.move(time.Hour)
	asked, p := b.now(), Principal{Operator: b.store.newID()} // who sets another date has the wish from then on
	_, _, err := b.store.Delete(t.Context(), p, ws.ID, Deletion{})
	b.must(err)
	b.move(7 * 24 * time.Hour)
	_, err = b.store.RemoveDue(t.Context())
	b.must(err)
	_, err = b.store.Certificate(t.Context(), ws.ID)
	b.refused(err, Conflict, "when the removal of a workspace is done")
	list, err := b.store.Operations(t.Context(), OperationFilter{Within: Reach{everywhere: true}, Workspace: &ws.ID}, Page{Limit: 1})
	b.must(err)
	op := list[0]
	_, err = b.pool.Exec(t.Context(), `insert into removals (workspace_id, kind, name, removed_at, observed_at, observed, objects, bytes) values
		($1, 'key', 'k', now(), now(), 'unreadable', null, null), ($1, 'bucket', 'files', now(), now(), 'not there', 3, 4000),
		($1, 'bucket', 'never-seen-to-be-gone', null, null, '', 3, 4000)`, ws.ID)
	b.must(err)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error {
		if err := b.store.Arrive(t.Context(), tx, op, Succeeded); err != nil {
			return err
		}
		return b.store.Certify(t.Context(), tx, op, func(at time.Time) []certificate.Aging { return []certificate.Aging{{What: "logs", Until: &at}} }, key)
	}))
	signed, err := b.store.Certificate(t.Context(), ws.ID)
	b.must(err)
	c, err := certificate.Verify(signed, key.Public().(ed25519.PublicKey))
	b.must(err)
	if c.AskedBy != p.Name() || c.AskedByName != "an operator of this installation" || !c.AskedAt.Equal(asked) || !c.DeleteAt.Equal(b.now()) || !c.DeletedAt.Equal(b.now()) || c.Operation != id.Show(id.Operation, op.ID) ||
		c.Workspace.Slug != "engines" || c.Workspace.Host != "engines.longhouse.test" || c.Tenant.ID != id.Show(id.Tenant, ws.Tenant) || c.Installation != "longhouse.test" {
		t.Errorf("%+v", c)
	}
	if len(c.Removed) != 2 || c.Removed[0].Name != "files" || *c.Removed[0].Objects != 3 || *c.Removed[0].Bytes != 4000 || c.Removed[1].Name != "k" {
		t.Errorf("%+v", c.Removed)
	}
	left := func(what string) int {
		return slices.IndexFunc(c.Ages, func(a certificate.Aging) bool { return a.What == what })
	}
	if i := left("slug engines"); i < 0 || !c.Ages[i].Until.Equal(b.now().Add(slugHold)) {
		t.Errorf("%+v", c.Ages)
	}
	if left("logs") < 0 || left("audit trail") < 0 || left("log of webhooks' deliveries") < 0 {
		t.Errorf("%+v", c.Ages)
	}
	sum := sha256.Sum256([]byte(signed))
	if n := b.count("audit_events where action = 'workspace.certify' and details ->> 'sha256' = '" + hex.EncodeToString(sum[:]) + "'"); n != 1 {
		t.Errorf("%d events have its hash", n)
	}
	_, err = b.pool.Exec(t.Context(), "update certificates set jws = ''")
	if err == nil || !strings.Contains(err.Error(), "only ever added to") {
		t.Errorf("a certificate can be changed: %v", err)
	}
}

// TestWhatTheVersionBeforeWasAskedForIsCertifiedToo: it wrote no wish down, so that who asked for the removal had it.
func TestWhatTheVersionBeforeWasAskedForIsCertifiedToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("engines")
	b.end(done.Operation, Succeeded)
	op, err := b.store.Ask(t.Context(), p, done.Workspace.ID, DeleteArgs{}, "test")
	b.must(err)
	var c certificate.Certificate
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) (err error) {
		c, err = b.store.certificate(t.Context(), tx, op)
		return err
	}))
	if c.AskedBy != p.Name() || c.AskedByName != "engines@example.com" || !c.DeleteAt.Equal(op.CreatedAt) {
		t.Errorf("%+v", c)
	}
}
