package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func addCellCommand() *cobra.Command {
	var body client.CellBody
	var port int64
	var agent, disk string
	var limits []string
	c := &cobra.Command{Use: "add CELLNAME", Short: "Write a further cell down; `cells apply` makes it", Args: cobra.ExactArgs(1),
		Long: "Write a further cell down: a PostgreSQL cluster and an object store that run already and that no other cell has.\nSecrets are in files that the workers read; their paths are those on the workers' machine."}
	f := c.Flags()
	f.StringVar(&body.Region, "region", "", "where it stands")
	f.StringVar(&body.Database.Host, "database-host", "", "a host name, or the folder of a unix socket")
	f.Int64Var(&port, "database-port", 5432, "the server's port")
	f.StringVar(&body.Database.AdminURLFile, "database-url-file", "", "holds the URL that opens the server as a superuser")
	f.StringVar(&body.ObjectStore.Endpoint, "store", "", "host:port of the object store")
	f.StringVar(&body.ObjectStore.AdminSocket, "store-admin-socket", "", "the socket of its administration")
	f.StringVar(&body.ObjectStore.SecretFile, "store-secret-file", "", "holds the secret of the credential that will own the cell's own buckets")
	f.StringVar(&agent, "agent", "", "the socket of the agent that runs its instances (default: that of the workers' machine)")
	f.StringVar(&disk, "disk", "", "a folder on the disk under databases and objects, to be measured")
	f.StringArrayVar(&limits, "limit", nil, "DIMENSION=AMOUNT, as `cells limit` takes it; may be repeated")
	for _, name := range []string{"region", "database-host", "database-url-file", "store", "store-admin-socket", "store-secret-file"} {
		_ = c.MarkFlagRequired(name)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		body.Name, body.Database.Port, body.Agent, body.Disk = args[0], &port, optional(agent), optional(disk)
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
