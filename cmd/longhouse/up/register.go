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
	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
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
	outputs, err := m.applyCell(ctx)
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
	_, err = store.RegisterCell(ctx, tenants.Cell{Name: cellName, Region: cellRegion, Kind: string(outputs.Kind), Outputs: encoded}, m.layout.FirstInstanceUID())
	return err
}

// applyCell runs terraform on the module of a local cell.
func (m *machine) applyCell(ctx context.Context) (terraform.CellOutputs, error) {
	state, err := os.ReadFile(m.layout.TerraformDatabase())
	if err != nil {
		return terraform.CellOutputs{}, fmt.Errorf("read a secret: %w", err)
	}
	admin, err := m.cellCluster().SuperuserDSN("postgres")
	if err != nil {
		return terraform.CellOutputs{}, err
	}
	runner, err := terraform.NewRunner(ctx, m.layout.TerraformDir(), strings.TrimSpace(string(state)))
	if err != nil {
		return terraform.CellOutputs{}, err
	}
	cell := terraform.LocalCell{Cell: cellName, Region: cellRegion,
		Database:    terraform.LocalDatabase{Host: m.layout.CellSocket(), Port: 5432},
		ObjectStore: terraform.LocalObjectStore{Endpoint: m.settings.S3, Region: "local", PathStyle: true},
		Workloads:   terraform.Workloads{Engine: terraform.ProcessEngine, Endpoint: process.Socket(m.layout.Root)},
	}
	buckets, err := m.cellBuckets(ctx)
	if err != nil {
		return terraform.CellOutputs{}, err
	}
	stack := cell.Stack(terraform.Provider{Databases: terraform.PostgresDatabases{AdminURL: admin}, Buckets: buckets})
	if _, err := runner.Apply(ctx, stack); err != nil {
		return terraform.CellOutputs{}, err
	}
	return runner.Cell(ctx, stack)
}

// cellBuckets makes the credential that owns the cell's own buckets, which no workspace's credential opens.
func (m *machine) cellBuckets(ctx context.Context) (terraform.StoreBuckets, error) {
	const owner = "longhouse-cell"
	secret, err := readOr(m.layout.CellStoreSecret(), rand.Text)
	if err != nil {
		return terraform.StoreBuckets{}, err
	}
	if err := datadir.WriteFile(m.layout.CellStoreSecret(), []byte(secret), 0o600, m.layout.ControlUID()); err != nil {
		return terraform.StoreBuckets{}, err
	}
	store := objects.NewClient(m.layout.StoreSocket())
	if err := store.PutCredential(ctx, owner, secret); err != nil {
		return terraform.StoreBuckets{}, err
	}
	return terraform.StoreBuckets{Admin: store, Owner: owner}, nil
}
