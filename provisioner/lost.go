package provisioner

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

// CertificateArchive has the certificates that were issued, also those of which a restored database knows nothing.
type CertificateArchive interface {
	// Certificate returns that of a workspace; empty where there is none.
	Certificate(ctx context.Context, workspace uuid.UUID) (signed string, err error)
}

// closeLost has workspaces closed whose database is gone, or their removal finished, where somebody wanted that.
func (e *Engine) closeLost(ctx context.Context, c corrections) error {
	for _, ws := range c.lost {
		const why = "its database is not in the cell: it was deleted after the backup that the control plane was restored from"
		e.log.Warn("workspace lost", "workspace", id.Show(id.Workspace, ws), "why", why)
		if err := e.store.Lost(ctx, ws, why, c.issued[ws]); err != nil {
			return err
		}
	}
	return nil
}

// issued are the certificates that the archive has of these workspaces.
func (e *Engine) issued(ctx context.Context, lost []uuid.UUID) (map[uuid.UUID]string, error) {
	issued := map[uuid.UUID]string{}
	for _, ws := range lost {
		signed, err := e.certificate(ctx, ws)
		if err != nil {
			return nil, err
		}
		if signed != "" {
			issued[ws] = signed
		}
	}
	return issued, nil
}

// certificate is that of a workspace. One that this control plane did not sign removes nothing.
func (e *Engine) certificate(ctx context.Context, workspace uuid.UUID) (string, error) {
	signed, err := e.archive.Certificate(ctx, workspace)
	if err != nil {
		return "", fmt.Errorf("look in the archive whether workspace %s was deleted: %w", id.Show(id.Workspace, workspace), err)
	}
	if signed == "" {
		return "", nil
	}
	c, err := certificate.Verify(signed, e.certificates.Public().(ed25519.PublicKey))
	if err == nil && c.Workspace.ID != id.Show(id.Workspace, workspace) {
		err = fmt.Errorf("it is that of %s", c.Workspace.ID)
	}
	if err != nil {
		e.log.Error("a certificate in the archive is refused", "workspace", id.Show(id.Workspace, workspace), "error", err)
		return "", nil
	}
	return signed, nil
}
