package serve

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// engine works in the cells that this process reaches.
func (c *control) engine() *provisioner.Engine {
	return provisioner.NewEngine(provisioner.Config{Pool: c.pool, Store: c.store, Queue: c.queue, Cells: c.cells.reached, Name: workerName(),
		Lease: c.settings.Lease.Duration, Share: c.share, Forbidden: c.settings.API, Certificates: c.certificates, Archive: &archived{control: c}, BackupsKept: time.Duration(c.settings.BackupsKept) * 24 * time.Hour,
		Log: c.log.With("role", "worker"), Rounds: c.rounds, Metrics: c.metrics, Traces: c.traces})
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
		Workloads: process.NewClient(outputs.Workloads.Endpoint), Edge: c.edge, Internet: c.settings.Internet, PushProxy: c.settings.PushProxy, Key: key, Control: c.signer, Console: c.layout.WorkspacesSocket(),
		Mail: provisioner.MailServer{Host: host, Port: smtp, From: sender + c.settings.BaseDomain}}, nil
}
