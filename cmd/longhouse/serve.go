package main

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// serveCommand runs some roles in this process.
func serveCommand() *cobra.Command {
	var roles, share, data string
	var p serve.Process
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run some roles of Longhouse in this process",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if p.Roles, err = serve.ParseRoles(roles); err != nil {
				return err
			}
			if p.Share, err = serve.ParseShare(share); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			log := jsonLog()
			slog.SetDefault(log)
			return serve.Run(ctx, datadir.Layout{Root: data}, p, log)
		},
	}
	c.Flags().StringVar(&roles, "roles", "api,worker,edge", "what to run: api, worker, edge")
	c.Flags().StringVar(&p.Name, "name", "", "what this process is called where its figures and its health are asked for (default: control with the API, else the first of worker, worker-2, ... that is free)")
	c.Flags().StringVar(&p.Edge, "edge-name", os.Getenv("LONGHOUSE_EDGE_NAME"), "with the role edge: what people call this one, as in `edges list` (default: the host name)")
	c.Flags().BoolVar(&p.Standby, "standby", false, "with the role worker: wait until the worker of this machine that was started with this ends, and take its place at once")
	c.Flags().StringVar(&share, "operations", "all", "what of the operations workers work: all; sound leaves those that workers died with to processes with suspects, which work nothing else, one step at a time")
	c.Flags().StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that `longhouse up` has made")
	return c
}

// jsonLog writes lines of JSON to standard error.
func jsonLog() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }
