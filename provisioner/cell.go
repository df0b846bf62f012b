package provisioner

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/terraform"
)

// Cell is a worker's access to one cell: what terraform made of it, and the rights to fill it.
type Cell struct {
	ID        uuid.UUID
	Site      Site // as its configuration describes it
	Outputs   terraform.CellOutputs
	Databases *pgxpool.Pool   // as a role that may create databases and roles
	Objects   *objects.Client // the object store's administration
	Workloads workload.Host
	Edge      PublicAddress
	Mail      MailServer
	Internet  string   // networks that workspaces may be connected to beside the public internet
	PushProxy string   // through which workspaces tell phones; empty: they don't
	Key       [32]byte // seals the secrets of the cell's storages
	Control   *Signer  // signs calls to instances
	Console   string   // the unix socket on which instances ask the control plane; empty: they don't
	Disk      string   // a folder on the disk under databases and objects; empty: not on this machine
}

// PublicAddress is how workspaces are reached from outside.
type PublicAddress struct {
	Scheme string // "http" or "https"
	Port   int    // 0: the scheme's own
}

// URL returns the address of a host.
func (a PublicAddress) URL(host string) string {
	if a.Port == 0 {
		return a.Scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%d", a.Scheme, host, a.Port)
}

// MailServer is where workspaces hand in their mail.
type MailServer struct {
	Host string
	Port int
	From string
}

// Reach returns nil when the cell's database and its object store answer.
func (c *Cell) Reach(ctx context.Context) error {
	if err := c.reachDatabase(ctx); err != nil {
		return err
	}
	if _, err := c.Objects.Info(ctx); err != nil {
		return fmt.Errorf("reach its store: %w", err)
	}
	return nil
}

func (c *Cell) reachDatabase(ctx context.Context) error {
	if err := c.Databases.Ping(ctx); err != nil {
		return fmt.Errorf("reach its database: %w", db.Plainly(err))
	}
	return nil
}
