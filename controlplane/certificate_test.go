package controlplane

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

func TestACertificateIsShownAsItWasSignedAndWithWhatStandsInIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	now, objects := b.clock.now(), int64(3)
	c := certificate.Certificate{Format: certificate.Format, Installation: "longhouse.test", Workspace: certificate.Subject{ID: up.Workspace.ID, CreatedAt: now},
		Tenant: certificate.Owner{ID: up.Tenant.ID}, AskedAt: now, DeleteAt: now, DeletedAt: now,
		Removed: []certificate.Removed{{Kind: "bucket", RemovedAt: &now, ObservedAt: now, Objects: &objects}, {Kind: "route", ObservedAt: now}},
		Ages:    []certificate.Aging{{What: "slug", Until: &now}, {What: "audit trail"}}}
	signed, err := c.Sign(auditKey)
	b.must(err)
	b.refused(http.StatusConflict, "there is no certificate", get, "/workspaces/"+up.Workspace.ID+"/deletion-certificate", up.Token, nil)
	_, err = b.pool.Exec(t.Context(), "insert into certificates (workspace_id, issued_at, jws) values ($1, $2, $3)", b.uuid(id.Workspace, up.Workspace.ID), now, signed)
	b.must(err)
	var shown struct {
		JWS         string
		Certificate certificate.Certificate
	}
	b.want(http.StatusOK, get, "/workspaces/"+up.Workspace.ID+"/deletion-certificate", up.Token, nil).into(t, &shown)
	if shown.JWS != signed || shown.Certificate.Workspace.ID != up.Workspace.ID || *shown.Certificate.Removed[0].Objects != objects {
		t.Errorf("%+v", shown)
	}
}
