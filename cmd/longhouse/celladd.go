package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func addCellCommand() *cobra.Command {
	var p cellParts
	var limits []string
	c := &cobra.Command{Use: "add CELLNAME", Short: "Write a further cell down; `cells apply` makes it", Args: cobra.ExactArgs(1),
		Long: "Write a further cell down: a PostgreSQL cluster and an object store that run already and that no other cell has.\nSecrets are in files that the workers read; their paths are those on the workers' machine."}
	f := c.Flags()
	p.flags(f)
	f.StringArrayVar(&limits, "limit", nil, "DIMENSION=AMOUNT, as `cells limit` takes it; may be repeated")
	for _, name := range []string{"region", "database-host", "database-url-file", "store", "store-admin-socket", "store-secret-file"} {
		_ = c.MarkFlagRequired(name)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		body := client.CellBody{Name: args[0], Region: p.region, Agent: optional(p.agent), Disk: optional(p.disk),
			Database:    client.CellDatabaseBody{Host: p.host, Port: &p.port, AdminURLFile: p.urlFile},
			ObjectStore: client.CellStoreBody{Endpoint: p.store, AdminSocket: p.socket, SecretFile: p.secretFile}}
		if limits != nil {
			declared, err := parseLimits(limits)
			if err != nil {
				return err
			}
			body.Limits = &declared
		}
		api, err := connect()
		if err != nil {
			return err
		}
		cell, err := answer[client.Cell](api.AddCell(c.Context(), nil, body))
		if err != nil {
			return err
		}
		return showCell(c, cell)
	}
	return c
}

func parseLimits(args []string) (map[string]*int64, error) {
	limits := map[string]*int64{}
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, usage("%q is not of the form DIMENSION=AMOUNT", arg)
		}
		if _, twice := limits[name]; twice {
			return nil, usage("%q is there twice; each dimension has one amount", name)
		}
		amount, err := parseAmount(text)
		if err != nil {
			return nil, err
		}
		limits[name] = amount
	}
	return limits, nil
}
