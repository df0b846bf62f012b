package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// followEvery is how soon a worker knows of a new cell, and tries again to reach one that did not answer within reachWithin.
const (
	followEvery = 2 * time.Second
	reachWithin = 10 * time.Second
)

// cells are those that this process reaches, as the domain lists them now.
type cells struct {
	control *control
	reached *provisioner.Cells

	mu     sync.Mutex
	as     map[uuid.UUID]string // what each was opened with
	said   map[uuid.UUID]string // why each could not be opened last
	opened []*provisioner.Cell
}

func newCells(c *control) *cells {
	return &cells{control: c, reached: provisioner.NewCells(), as: map[uuid.UUID]string{}, said: map[uuid.UUID]string{}}
}

// close ends all connections. What a cell was opened with before stays open until here: operations may be at work with it.
func (c *cells) close() {
	for _, cell := range c.opened {
		cell.Databases.Close()
	}
}

// follow keeps up with the domain until ctx ends.
func (c *cells) follow(ctx context.Context) {
	guard.Every(ctx, c.control.log, followEvery, "reach cells", func(ctx context.Context) error {
		_ = c.reach(ctx) // said in the log
		return nil
	})
}

// reach opens what is new or has changed and lets go of what is destroyed. A cell that can't be reached keeps no other
// from being worked in. The error names all of those.
func (c *cells) reach(ctx context.Context) error {
	list, err := c.control.store.Cells(ctx)
	if err != nil {
		c.control.log.Error("the cells can't be listed", "error", err)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var failed []error
	for _, cell := range list {
		if err := c.settle(ctx, cell); err != nil {
			err = fmt.Errorf("reach cell %s: %w", cell.Name, err)
			failed = append(failed, err)
			if c.said[cell.ID] != err.Error() && ctx.Err() == nil {
				c.said[cell.ID] = err.Error()
				c.control.log.Error("a cell can't be worked in", "cell", cell.Name, "error", err)
			}
			continue
		}
		delete(c.said, cell.ID)
	}
	return errors.Join(failed...)
}

func (c *cells) settle(ctx context.Context, cell tenants.Cell) error {
	if cell.State == tenants.CellPlanned || cell.State == tenants.CellDestroyed {
		c.reached.Drop(cell.ID)
		delete(c.as, cell.ID)
		return nil
	}
	with := string(cell.Outputs) + string(cell.Config)
	if c.as[cell.ID] == with {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	access, err := c.control.cell(within, cell)
	if err != nil {
		return err
	}
	c.as[cell.ID] = with
	c.opened = append(c.opened, access)
	c.reached.Put(access)
	return nil
}

// reachAll waits, after a restore, until every cell is reached: the restored database is compared with all of them.
// Otherwise a worker begins with those that answer.
func (c *control) reachAll(ctx context.Context, all *cells) error {
	for {
		err := all.reach(ctx)
		if err == nil {
			return nil
		}
		restored, unknown := c.store.Unreconciled(ctx)
		if unknown == nil && !restored {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
	}
}

// engine works in these cells.
func (c *control) engine(all *cells) *provisioner.Engine {
	return provisioner.NewEngine(provisioner.Config{Pool: c.pool, Store: c.store, Queue: c.queue, Cells: all.reached, Name: workerName(),
		Lease: c.settings.Lease.Duration, Forbidden: c.settings.API, Certificates: c.certificates, Log: c.log.With("role", "worker"), Metrics: c.metrics, Traces: c.traces})
}

// workerName tells this process from all others, also from one of before with its number, and others when it has ended.
func workerName() string {
	name, err := proc.Name()
	if err != nil { // without /proc nobody knows when it has ended, and its leases run out
		return rand.Text()
	}
	return name
}

// build carries out runs on cells.
func (c *control) build(ctx context.Context) error {
	return provisioner.Builder{Store: c.store, Dir: c.layout.ControlTerraformDir(), StateURLFile: c.layout.ControlTerraformDatabase(), Agent: process.Socket(c.layout.Root),
		Name: workerName(), Log: c.log.With("role", "builder")}.Work(ctx)
}

// cell returns the access to a cell.
func (c *control) cell(ctx context.Context, r tenants.Cell) (*provisioner.Cell, error) {
	outputs, err := terraform.DecodeCell(r.Outputs)
	if err != nil {
		return nil, err
	}
	site, err := provisioner.OpenSite(r, process.Socket(c.layout.Root))
	if err != nil {
		return nil, err
	}
	key, err := c.key("cell-" + id.Show(id.Cell, r.ID))
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(c.settings.SMTP)
	if err != nil {
		return nil, fmt.Errorf("the mail server's address %q is not of the form host:port", c.settings.SMTP)
	}
	smtp, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("the mail server's port %q is not a number", port)
	}
	databases, err := db.Open(ctx, site.AdminURL, 24) // what hangs for one tenant must leave some to the others
	if err != nil {
		return nil, err
	}
	return &provisioner.Cell{ID: r.ID, Site: site, Disk: site.Config.Disk, Outputs: outputs, Databases: databases, Objects: site.Objects(),
		Workloads: process.NewClient(outputs.Workloads.Endpoint), Edge: c.edge, Key: key, Control: c.signer,
		Mail: provisioner.MailServer{Host: host, Port: smtp, From: sender + c.settings.BaseDomain}}, nil
}
