package serve

import (
	"context"
	"errors"

	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/terraform"
)

// archive is that of the first cell, where checkpoints of the audit trail go.
func (c *control) archive(ctx context.Context) (*provisioner.Archive, error) {
	cells, err := c.store.Cells(ctx)
	if err != nil {
		return nil, err
	}
	if len(cells) == 0 {
		return nil, errors.New("there is no cell whose archive could keep the audit trail's checkpoints")
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

// archived are the checkpoints that the archive has.
func (c *control) archived(ctx context.Context) ([]audit.Signed, error) {
	archive, err := c.archive(ctx)
	if err != nil {
		return nil, err
	}
	return archive.Kept(ctx)
}
