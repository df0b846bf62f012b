package tenants

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// trail is a database with two tenants' chains and the operator's, sealed and under checkpoints.
type trail struct {
	*bundle
	a, b uuid.UUID // tenants
}

const (
	each     = 6 // events of each chain under the first checkpoint, and as many after it
	ofSetup  = 2 // the operator's, before that: a cell and a release
	expected = 3*2*each + ofSetup
)

func newTrail(t *testing.T) *trail {
	t.Helper()
	tr := &trail{bundle: setup(t), a: uuid.New(), b: uuid.New()}
	for _, tenant := range []uuid.UUID{tr.a, tr.b} {
		tr.exec("insert into tenants (id, name, plan, created_at) values ($1, 'T', 'free', now())", tenant)
	}
	tr.write(each)
	tr.seal()
	tr.checkpoint()
	tr.write(each)
	tr.seal()
	tr.checkpoint()
	return tr
}

// checkpoint makes one a minute later than it is.
func (tr *trail) checkpoint() {
	tr.t.Helper()
	tr.move(time.Minute)
	made, err := tr.store.Checkpoint(tr.t.Context(), auditKey, 0)
	if tr.must(err); !made {
		tr.t.Fatal("no checkpoint was made")
	}
}

// write records n events in each chain.
func (tr *trail) write(n int) {
	tr.t.Helper()
	for i := range n {
		for _, tenant := range []*uuid.UUID{&tr.a, &tr.b, nil} {
			tr.must(pgx.BeginFunc(tr.t.Context(), tr.pool, func(tx pgx.Tx) error {
				return tr.store.record(tr.t.Context(), tx, Event{Tenant: tenant, Actor: "somebody", Action: "thing.do", Subject: fmt.Sprint("thing_", i),
					Details: map[string]string{"b": "2", "a": fmt.Sprint(i), "empty": ""}})
			}))
		}
	}
}

func (tr *trail) seal() {
	tr.t.Helper()
	for {
		n, err := tr.store.Seal(tr.t.Context())
		tr.must(err)
		if n == 0 {
			return
		}
	}
}

func (tr *trail) public() ed25519.PublicKey { return auditKey.Public().(ed25519.PublicKey) }

func (tr *trail) verify(archived ...audit.Archived) AuditReport {
	tr.t.Helper()
	return tr.verifyOf(nil, archived...)
}

func (tr *trail) verifyOf(tenant *uuid.UUID, archived ...audit.Archived) AuditReport {
	tr.t.Helper()
	r, err := tr.store.VerifyAudit(tr.t.Context(), tenant, tr.public(), folder(archived))
	tr.must(err)
	return r
}

// folder is an archive in memory.
type folder []audit.Archived

// Kept implements Archive.
func (f folder) Kept(_ context.Context, each func(string, audit.Signed) error) error {
	for i, a := range f {
		if err := each(fmt.Sprint(i), a.Signed); err != nil {
			return err
		}
	}
	return nil
}

// Heads implements Archive.
func (f folder) Heads(_ context.Context, name string) ([]audit.ArchivedHead, error) {
	i, err := strconv.Atoi(name)
	if err != nil {
		return nil, err
	}
	return f[i].Heads, nil
}
