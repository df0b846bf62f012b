package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// cellParts are the flags that say where a cell's parts are.
type cellParts struct {
	region, host, urlFile, store, socket, secretFile, agent, disk string
	port                                                          int64
}

func (p *cellParts) flags(f *pflag.FlagSet) {
	f.StringVar(&p.region, "region", "", "where it stands")
	f.StringVar(&p.host, "database-host", "", "a host name, or the folder of a unix socket")
	f.Int64Var(&p.port, "database-port", 5432, "the server's port")
	f.StringVar(&p.urlFile, "database-url-file", "", "holds the URL that opens the server as a superuser")
	f.StringVar(&p.store, "store", "", "host:port of the object store")
	f.StringVar(&p.socket, "store-admin-socket", "", "the socket of its administration")
	f.StringVar(&p.secretFile, "store-secret-file", "", "holds the secret of the credential that owns the cell's own buckets")
	f.StringVar(&p.agent, "agent", "", "the socket of the agent that runs its instances (default: that of the workers' machine)")
	f.StringVar(&p.disk, "disk", "", "a folder on the disk under databases and objects, to be measured")
}

func changeCellCommand() *cobra.Command {
	var p cellParts
	c := onCell("change NAME", "Change how a cell is reached: a moved server, another port, another file", func(c *cobra.Command, api *connection, name string) error {
		given := c.Flags().Changed
		body := client.CellChangeBody{Region: changedTo(given("region"), p.region), Agent: changedTo(given("agent"), p.agent), Disk: changedTo(given("disk"), p.disk)}
		database := client.CellDatabaseChange{Host: changedTo(given("database-host"), p.host), Port: changedTo(given("database-port"), p.port), AdminURLFile: changedTo(given("database-url-file"), p.urlFile)}
		store := client.CellStoreChange{Endpoint: changedTo(given("store"), p.store), AdminSocket: changedTo(given("store-admin-socket"), p.socket), SecretFile: changedTo(given("store-secret-file"), p.secretFile)}
		if database != (client.CellDatabaseChange{}) {
			body.Database = &database
		}
		if store != (client.CellStoreChange{}) {
			body.ObjectStore = &store
		}
		if body == (client.CellChangeBody{}) {
			return usage("say what shall be different; see `longhouse cells change --help`")
		}
		cell, err := answer[client.Cell](api.ChangeCell(c.Context(), name, nil, body))
		if err != nil {
			return err
		}
		return showCell(c, cell)
	})
	c.Long = "Change how a cell is reached: a moved server, another port, another file of a secret. What no flag names stays as it is. Workers go by it\n" +
		"within seconds; workspaces learn a new address of the database or of the store when the cell is applied again and they are started anew. The\n" +
		"region can be changed only until the cell is applied."
	p.flags(c.Flags())
	return c
}

func changedTo[T any](given bool, value T) *T {
	if !given {
		return nil
	}
	return &value
}

func removeCellCommand() *cobra.Command {
	return onCell("remove NAME", "Take a cell back that was never applied; terraform is not asked", func(c *cobra.Command, api *connection, name string) error {
		if _, err := answer[struct{}](api.RemoveCell(c.Context(), name, nil)); err != nil {
			return err
		}
		return show(c, map[string]string{"removed": name}, func(line func(...any)) { line("removed", name) })
	})
}
