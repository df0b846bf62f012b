package up

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/jobs"
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
	outputs, config, err := m.applyCell(ctx)
	if err != nil {
		return fmt.Errorf("make the local cell: %w", err)
	}
	encoded, err := json.Marshal(outputs)
	if err != nil {
		return fmt.Errorf("encode the cell's outputs: %w", err)
	}
	url, err := os.ReadFile(m.layout.ControlDatabase())
	if err != nil {
		return fmt.Errorf("read a secret: %w", err)
	}
	pool, err := db.Open(ctx, strings.TrimSpace(string(url)), 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	queue, err := jobs.NewQueue(pool, m.log)
	if err != nil {
		return err
	}
	store := tenants.NewStore(pool, queue, m.settings.BaseDomain)
	if _, err := store.RegisterRelease(ctx, release); err != nil {
		return err
	}
	_, err = store.RegisterCell(ctx, tenants.Cell{Name: cellName, Region: cellRegion, Kind: string(outputs.Kind), Outputs: encoded, Config: config}, m.layout.FirstInstanceUID())
	return err
}

// applyCell runs terraform on the module of a local cell.
func (m *machine) applyCell(ctx context.Context) (terraform.CellOutputs, json.RawMessage, error) {
	var outputs terraform.CellOutputs
	state, err := os.ReadFile(m.layout.TerraformDatabase())
	if err != nil {
		return outputs, nil, fmt.Errorf("read a secret: %w", err)
	}
	secret, err := readOr(m.layout.CellStoreSecret(), rand.Text)
	if err != nil {
		return outputs, nil, err
	}
	if err := datadir.WriteFile(m.layout.CellStoreSecret(), []byte(secret), 0o600, m.layout.ControlUID()); err != nil {
		return outputs, nil, err
	}
	config, err := json.Marshal(m.cellConfig())
	if err != nil {
		return outputs, nil, fmt.Errorf("encode the cell's configuration: %w", err)
	}
	site, err := provisioner.OpenSite(tenants.Cell{Name: cellName, Region: cellRegion, Config: config}, "")
	if err != nil {
		return outputs, nil, err
	}
	if err := site.Prepare(ctx); err != nil {
		return outputs, nil, err
	}
	runner, err := terraform.NewRunner(ctx, m.layout.TerraformDir(), strings.TrimSpace(string(state)))
	if err != nil {
		return outputs, nil, err
	}
	if _, err := runner.Apply(ctx, site.Stack()); err != nil {
		return outputs, nil, err
	}
	outputs, err = runner.Cell(ctx, site.Stack())
	return outputs, config, err
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
