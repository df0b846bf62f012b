package serve

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/internal/mail"
	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/maintenance"
	"github.com/longhouse-dev/longhouse/provisioner"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// sender is whom mail comes from.
const sender = "no-reply@"

// What a worker does at a time. An operation mostly waits for a part of its cell, so that a place costs little; how many
// of them a tenant or a kind may have is decided where they are admitted.
const (
	operationsAtATime = 64
	mailsAtATime      = 4
)

func (c *control) work(ctx context.Context) error {
	engine, closeCells, err := c.engine(ctx)
	if err != nil {
		return err
	}
	defer closeCells()
	if err := c.reconcile(ctx, engine); err != nil {
		return err
	}
	archive, err := c.archive(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		maintenance.Auditor{Store: c.store, Key: c.auditKey, Archive: archive, Log: c.log.With("role", "auditor")}.Run(ctx)
		return nil
	})
	group.Go(func() error {
		maintenance.Deletions{Store: c.store, Log: c.log.With("role", "maintenance")}.Run(ctx)
		return nil
	})
	group.Go(func() error {
		maintenance.NewCourier(c.store.Webhooks(c.sealing, c.networks), maintenance.NewSender(c.networks, c.metrics), workerName(), c.log.With("role", "courier")).Run(ctx)
		return nil
	})
	group.Go(func() error { return engine.Look(ctx, c.settings.Blanks, c.settings.Canaries.Duration) })
	group.Go(func() error {
		return jobs.Work(ctx, c.pool, c.log, map[string]jobs.Lane{
			// The handler's own context outlives ctx, so that nothing is cut off; the engine must see ctx end.
			tenants.TopicOperation:    {Handle: func(_ context.Context, op uuid.UUID) error { return engine.Work(ctx, op) }, Parallel: operationsAtATime},
			tenants.TopicConfirmation: {Handle: c.confirm, Parallel: mailsAtATime},
		})
	})
	return group.Wait()
}

// engine returns one that reaches every cell that is registered.
func (c *control) engine(ctx context.Context) (*provisioner.Engine, func(), error) {
	registered, err := c.store.Cells(ctx)
	if err != nil {
		return nil, nil, err
	}
	opened := map[uuid.UUID]*provisioner.Cell{}
	closeAll := func() {
		for _, cell := range opened {
			cell.Databases.Close()
		}
	}
	for _, r := range registered {
		if opened[r.ID], err = c.cell(ctx, r); err != nil {
			delete(opened, r.ID)
			closeAll()
			return nil, nil, fmt.Errorf("reach cell %s: %w", r.Name, err)
		}
	}
	return provisioner.NewEngine(provisioner.Config{Pool: c.pool, Store: c.store, Queue: c.queue, Cells: provisioner.NewCells(slices.Collect(maps.Values(opened))...),
		Name: workerName(), Lease: c.settings.Lease.Duration, Forbidden: c.settings.API, Certificates: c.certificates, Log: c.log.With("role", "worker"), Metrics: c.metrics, Traces: c.traces}), closeAll, nil
}

// workerName tells this process from all others, also from one of before with its number.
func workerName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
}

// cell returns the access to the cell of this machine.
func (c *control) cell(ctx context.Context, r tenants.Cell) (*provisioner.Cell, error) {
	outputs, err := terraform.DecodeCell(r.Outputs)
	if err != nil {
		return nil, err
	}
	url, err := secretFile(c.layout.CellDatabase())
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
	databases, err := db.Open(ctx, url, 24) // what hangs for one tenant must leave some to the others
	if err != nil {
		return nil, err
	}
	return &provisioner.Cell{ID: r.ID, Disk: c.layout.Root, Outputs: outputs, Databases: databases, Objects: objects.NewClient(c.layout.StoreSocket()),
		Workloads: process.NewClient(process.Socket(c.layout.Root)), Edge: c.edge, Key: key, Control: c.signer,
		Mail: provisioner.MailServer{Host: host, Port: smtp, From: sender + c.settings.BaseDomain}}, nil
}

// confirm mails a person the link that confirms the address.
func (c *control) confirm(ctx context.Context, person uuid.UUID) error {
	p, secret, err := c.store.NewConfirmation(ctx, person)
	if err != nil || secret == "" {
		return err
	}
	return mail.Sender{Addr: c.settings.SMTP, From: "Longhouse <" + sender + c.settings.BaseDomain + ">"}.Send(ctx, mail.Message{
		To: p.Email, Subject: "Confirm your e-mail address",
		Text: "Somebody, hopefully you, signed up for Longhouse with this e-mail address.\n\n" +
			"To confirm that it is yours, open this link within a day:\n\n" +
			c.settings.APIURL() + "/confirm#token=" + secret + "\n\n" +
			"Your workspace works meanwhile. If it was not you, ignore this mail.\n",
	})
}
