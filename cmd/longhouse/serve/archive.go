package serve

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/terraform"
)

// archive is that of the first cell, where checkpoints of the audit trail and certificates of deletions go.
func (c *control) archive(ctx context.Context) (*provisioner.Archive, error) {
	cells, err := c.store.Cells(ctx)
	if err != nil {
		return nil, err
	}
	if len(cells) == 0 {
		return nil, errors.New("there is no cell whose archive could keep the audit trail's checkpoints, and certificates of deletions")
	}
	outputs, err := terraform.DecodeCell(cells[0].Outputs)
	if err != nil {
		return nil, err
	}
	secret, err := secretFile(c.layout.CellStoreSecret())
	if err != nil {
		return nil, err
	}
	return provisioner.NewArchive(outputs.ObjectStore, provisioner.CellOwner, secret), nil
}

// archived reads the archive, wherever it is by then.
type archived struct {
	*control
	memory provisioner.ArchiveMemory
}

// Kept implements tenants.Archive.
func (a *archived) Kept(ctx context.Context, each func(string, audit.Signed) error) error {
	archive, err := a.archive(ctx)
	if err != nil {
		return err
	}
	return archive.Remembering(&a.memory).Kept(ctx, each)
}

// Heads implements tenants.Archive.
func (a *archived) Heads(ctx context.Context, name string) ([]audit.ArchivedHead, error) {
	archive, err := a.archive(ctx)
	if err != nil {
		return nil, err
	}
	return archive.Heads(ctx, name)
}

// Certificate implements provisioner.CertificateArchive.
func (a *archived) Certificate(ctx context.Context, workspace uuid.UUID) (string, error) {
	archive, err := a.archive(ctx)
	if err != nil {
		return "", err
	}
	return archive.Certificate(ctx, workspace)
}

// accessLog is in the first cell's archive, wherever it is by then.
type accessLog struct{ *control }

// Keep implements controlplane.AccessLog.
func (l accessLog) Keep(ctx context.Context, a accesslog.Accepted) error {
	archive, err := l.archive(ctx)
	if err != nil {
		return err
	}
	return archive.AccessLog().Keep(ctx, a)
}

// Read implements controlplane.AccessLog.
func (l accessLog) Read(ctx context.Context, q accesslog.Query, most int) (accesslog.Page, error) {
	archive, err := l.archive(ctx)
	if err != nil {
		return accesslog.Page{}, err
	}
	return archive.AccessLog().Read(ctx, q, most)
}

// Stream implements controlplane.AccessLog.
func (l accessLog) Stream(ctx context.Context, q accesslog.Query, each func(line []byte) error) error {
	archive, err := l.archive(ctx)
	if err != nil {
		return err
	}
	return archive.AccessLog().Stream(ctx, q, each)
}
