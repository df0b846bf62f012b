package up

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/terraform"
)

// machine is everything of Longhouse on this machine.
type machine struct {
	options     Options
	layout      datadir.Layout
	settings    datadir.Settings
	before      datadir.Settings // of the start before this one
	program     string           // this program, where the parts can run it
	sum         string           // its SHA-256
	tools       string           // the folder of the terraform that workers run; empty: it is in PATH
	predecessor *predecessor     // the program that became this one, if any
	children    *supervisor.Supervisor
	log         *slog.Logger
}

// Run brings everything up, says so, and keeps it up until ctx ends. Then it stops everything, and loses nothing. A value
// from handOver makes this process the program that `longhouse upgrade` has asked for.
func Run(ctx context.Context, o Options, announce func(Announcement), handOver <-chan os.Signal, log *slog.Logger) error {
	if err := o.Validate(); err != nil {
		return err
	}
	m := &machine{options: o, layout: datadir.Layout{Root: o.Data, UIDBase: o.UIDBase}, log: log, predecessor: takePredecessor()}
	m.options.Server = m.predecessor.goOnWith(o.Server)
	lock, err := m.prepare(ctx)
	if err != nil {
		return m.goBack(err)
	}
	defer func() { _ = lock.Close() }()
	err = m.start(ctx)
	if err == nil {
		err = m.serveMetrics(ctx)
	}
	if err == nil {
		err = m.announce(announce)
	}
	switch {
	case err == nil:
		return m.stay(ctx, handOver)
	case ctx.Err() != nil:
		return errors.Join(errors.New("stopped before everything was up"), m.stop())
	default:
		return errors.Join(m.goBack(err), m.undo())
	}
}

// prepare makes what has to be there before anything runs. It looks first, and makes nothing where something is missing
// or taken.
func (m *machine) prepare(ctx context.Context) (*os.File, error) {
	for _, look := range []func(context.Context) error{m.agree, m.portsFree, m.programsThere} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	if err := m.layout.Make(); err != nil {
		return nil, err
	}
	lock, err := m.layout.Acquire()
	if err != nil {
		return nil, fmt.Errorf("%w; `longhouse upgrade` makes one that runs this version", err)
	}
	for _, step := range []func() error{m.unannounceFirst, m.ownProgram, m.builderTool, m.supervise, m.saveSettings, m.edgeToken} {
		if err := step(); err != nil {
			_ = lock.Close()
			return nil, err
		}
	}
	return lock, nil
}

func (m *machine) agree(context.Context) (err error) {
	m.settings, m.before, err = settle(m.options, m.layout)
	return err
}

// portsFree refuses to begin where somebody else has a port. Our own children of an earlier life may have theirs.
func (m *machine) portsFree(context.Context) error {
	left := supervisor.Left(m.layout.Children())
	for _, p := range []struct{ flag, address, before, child string }{
		{"--http", m.settings.EdgeHTTP, m.before.EdgeHTTP, "edge"},
		{"--https", m.settings.EdgeHTTPS, m.before.EdgeHTTPS, "edge"},
		{"--api", m.settings.API, m.before.API, "control"},
		{"the object store", m.settings.S3, m.before.S3, "store"},
		{"the mail catcher", m.settings.SMTP, m.before.SMTP, "mail"},
		{"the mail catcher", m.settings.MailHTTP, m.before.MailHTTP, "mail"},
		{"--metrics", m.settings.Metrics, m.before.Metrics, "control"}, // who runs our children may show their figures
	} {
		if p.address == "" || p.address == p.before && slices.Contains(left, p.child) {
			continue
		}
		if err := free(p.address); err != nil {
			return fmt.Errorf("%s can't listen on %s: %w", p.flag, p.address, err)
		}
	}
	return nil
}

// programsThere refuses to begin without the programs that are not ours, or the server that workspaces run.
func (m *machine) programsThere(ctx context.Context) error {
	if err := embedded.Installed(ctx); err != nil {
		return err
	}
	if _, err := terraform.Installed(ctx); err != nil && m.firstStart() {
		return err
	}
	_, err := m.server()
	return err
}

func (m *machine) supervise() (err error) {
	m.children, err = supervisor.New(m.layout.Children(), m.log)
	return err
}

func (m *machine) saveSettings() error { return m.layout.WriteSettings(m.settings) }

// start starts the parts: first what keeps data, then what fills it, then what serves it.
func (m *machine) start(ctx context.Context) error {
	if err := m.cellGone(ctx); err != nil {
		return err
	}
	if err := m.startClusters(ctx); err != nil {
		return err
	}
	together, waiting := errgroup.WithContext(ctx)
	for _, child := range []supervisor.Child{m.store(), m.mail(), m.agent()} {
		together.Go(func() error { return m.children.Keep(waiting, child) })
	}
	together.Go(func() error { return m.controlDatabase(waiting) })
	if err := together.Wait(); err != nil {
		return err
	}
	if err := m.register(ctx); err != nil {
		return err
	}
	if err := m.endStrangers(ctx); err != nil {
		return err
	}
	if err := m.children.Keep(ctx, m.control()); err != nil {
		return err
	}
	if err := m.startWorkers(ctx); err != nil {
		return err
	}
	return m.children.Keep(ctx, m.edge())
}

func (m *machine) startClusters(ctx context.Context) error {
	together, ctx := errgroup.WithContext(ctx)
	for name, cluster := range map[string]embedded.Cluster{"pg-control": m.controlCluster(), "pg-cell": m.cellCluster()} {
		if m.children.Keeps(name) {
			continue
		}
		together.Go(func() error {
			child, err := m.cluster(ctx, name, cluster)
			if err != nil {
				return err
			}
			return m.children.Keep(ctx, child)
		})
	}
	return together.Wait()
}
