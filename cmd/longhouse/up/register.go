package up

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// The one cell of this machine.
const (
	cellName   = "local"
	cellRegion = "local"
)

// register makes the local cell with terraform and tells the domain about it, and about the release beside this program.
func (m *machine) register(ctx context.Context) error {
	release, err := m.release(ctx)
	if err != nil {
		return err
	}
	store, err := m.openDomain(ctx)
	if err != nil {
		return err
	}
	defer store.close()
	if _, err := store.RegisterRelease(ctx, release); err != nil {
		return err
	}
	cell, err := m.madeCell(ctx, store.Store)
	if err != nil {
		return err
	}
	_, err = store.RegisterCell(ctx, cell, m.layout.FirstInstanceUID())
	return err
}

// madeCell is the local cell as terraform made it now, or before: where that fails, or is not there any more, what runs
// goes on as it was.
func (m *machine) madeCell(ctx context.Context, store *tenants.Store) (tenants.Cell, error) {
	cell := tenants.Cell{Name: cellName, Region: cellRegion, Kind: string(terraform.Local)}
	config, err := json.Marshal(m.cellConfig())
	if err != nil {
		return cell, fmt.Errorf("encode the cell's configuration: %w", err)
	}
	cell.Config = config
	outputs, err := m.applyCell(ctx, cell)
	if err == nil {
		cell.Outputs, err = json.Marshal(outputs)
		return cell, err
	}
	before, missing := store.FindCell(ctx, cellName)
	if missing != nil || ctx.Err() != nil {
		return cell, fmt.Errorf("make the local cell: %w", err)
	}
	m.log.Error("terraform could not look after the local cell, which goes on as it was; `longhouse cells drift` tells when it can", "error", err)
	cell.Outputs = before.Outputs
	return cell, nil
}

// applyCell runs terraform on the module of a local cell.
func (m *machine) applyCell(ctx context.Context, cell tenants.Cell) (outputs terraform.CellOutputs, err error) {
	state, err := os.ReadFile(m.layout.TerraformDatabase())
	if err != nil {
		return outputs, fmt.Errorf("read a secret: %w", err)
	}
	secret, err := readOr(m.layout.CellStoreSecret(), rand.Text)
	if err != nil {
		return outputs, err
	}
	if err := datadir.WriteFile(m.layout.CellStoreSecret(), []byte(secret), 0o600, m.layout.ControlUID()); err != nil {
		return outputs, err
	}
	site, err := provisioner.OpenSite(cell, "")
	if err != nil {
		return outputs, err
	}
	if err := site.Prepare(ctx); err != nil {
		return outputs, err
	}
	runner, err := terraform.NewRunner(ctx, m.layout.TerraformDir(), strings.TrimSpace(string(state)))
	if err != nil {
		return outputs, err
	}
	if _, err := runner.Apply(ctx, site.Stack()); err != nil {
		return outputs, err
	}
	return runner.Cell(ctx, site.Stack())
}

// cellConfig describes the parts that this program runs.
func (m *machine) cellConfig() tenants.CellConfig {
	return tenants.CellConfig{
		Database: tenants.CellDatabase{Host: m.layout.CellSocket(), Port: 5432, AdminURLFile: m.layout.CellDatabase()},
		ObjectStore: tenants.CellStore{Endpoint: m.settings.S3, Region: "local", PathStyle: true, AdminSocket: m.layout.StoreSocket(),
			SecretFile: m.layout.CellStoreSecret()},
		Agent: process.Socket(m.layout.Root), Disk: m.layout.Root,
	}
}
