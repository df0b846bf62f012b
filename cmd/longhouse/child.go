package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/sessions"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// childCommand holds the parts that `longhouse up` runs beside the roles. They are not for people.
func childCommand() *cobra.Command {
	c := &cobra.Command{Use: "child", Short: "Run a part of `longhouse up`", Hidden: true}
	c.AddCommand(storeCommand(), mailCommand(), agentCommand(), partsCommand())
	return c
}

// partsCommand is how another release learns what it has to end before it becomes this one. One without it prints its help.
func partsCommand() *cobra.Command {
	return &cobra.Command{Use: "parts", Short: "Name the parts that `longhouse up` runs", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return json.NewEncoder(c.OutOrStdout()).Encode(up.Parts())
	}}
}

func storeCommand() *cobra.Command {
	var data, listen string
	c := partCommand("store", func(ctx context.Context, log *slog.Logger) error {
		l := datadir.Layout{Root: data}
		return objectstore.Serve(ctx, objectstore.Config{Dir: l.StoreDir(), KeyringDir: l.StoreKeys(), Listen: listen, AdminSocket: l.StoreSocket(), Log: log})
	})
	c.Flags().StringVar(&data, "data", "", "data directory")
	c.Flags().StringVar(&listen, "listen", "", "host:port for S3")
	return c
}

func mailCommand() *cobra.Command {
	var data, smtp, http string
	c := partCommand("mail", func(ctx context.Context, _ *slog.Logger) error {
		l := datadir.Layout{Root: data}
		return embedded.RunMail(ctx, embedded.Mail{Dir: l.MailDir(), SMTP: smtp, HTTP: http, AddressFile: l.MailAddresses()})
	})
	c.Flags().StringVar(&data, "data", "", "data directory")
	c.Flags().StringVar(&smtp, "smtp", "", "host:port that takes mail")
	c.Flags().StringVar(&http, "http", "", "host:port that shows it")
	return c
}

func agentCommand() *cobra.Command {
	var l datadir.Layout
	var require bool
	var internet string
	c := partCommand("agent", func(ctx context.Context, log *slog.Logger) error {
		networks, err := egress.ParseNetworks(internet)
		if err != nil {
			return fmt.Errorf("--internet %q: %w", internet, err)
		}
		defer boundSessions(ctx, l, log)()
		return process.RunAgent(ctx, process.Config{Dir: l.Root, EdgeGID: l.EdgeUID(), ControlGID: l.ControlUID(), FirstUID: l.FirstInstanceUID(),
			Internet: networks, DatabaseSockets: l.CellSocket(), RequireBorders: require, Log: log})
	})
	c.Flags().StringVar(&internet, "internet", "", "networks that instances may be connected to beside the public internet")
	c.Flags().BoolVar(&require, "require-isolation", false, "refuse to run where a border between instances is missing")
	c.Flags().StringVar(&l.Root, "data", "", "data directory")
	c.Flags().IntVar(&l.UIDBase, "uid-base", datadir.DefaultUIDBase, "first of the user ids")
	return c
}

// What a workspace's sessions may take together of the cell's database server. By the role's settings, which are
// its own to change, a statement ends after a minute.
var sessionBounds = sessions.Bounds{Roles: "^ws_[0-9a-z]{26}$", Age: 10 * time.Minute, MemoryBytes: 1 << 30, Locks: 10_000}

// boundSessions bounds what instances take by way of their databases, until the function is called that it returns.
func boundSessions(ctx context.Context, l datadir.Layout, log *slog.Logger) (stop func()) {
	cell := embedded.Cluster{Dir: l.CellCluster(), SocketDir: l.CellSocket(), PasswordFile: l.CellPassword()}
	g := &sessions.Guard{DSN: func() (string, error) { return cell.SuperuserDSN("postgres") }, Dir: cell.Dir, Bounds: sessionBounds,
		Aside: process.FindAside(), Log: log}
	ctx, cancel := context.WithCancel(ctx)
	var kept sync.WaitGroup
	kept.Go(func() { g.Keep(ctx) })
	return func() { cancel(); kept.Wait() }
}

// partCommand runs a part with a log, which is also that of the libraries that ask nobody where to write.
func partCommand(name string, run func(context.Context, *slog.Logger) error) *cobra.Command {
	return &cobra.Command{Use: name, Short: "Run the " + name, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		log := jsonLog().With("role", name)
		slog.SetDefault(log)
		return run(ctx, log)
	}}
}
