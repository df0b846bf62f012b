package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// bordersCommand tells what everybody may know.
func bordersCommand() *cobra.Command {
	return &cobra.Command{Use: "borders", Short: "Show whether workspaces are kept apart", Args: cobra.NoArgs,
		Long: "Show whether workspaces are kept apart: two of Longhouse's own try all the time to get at each other's database, bucket,\nsocket, files and process, and at the control plane's network.",
		RunE: func(c *cobra.Command, _ []string) error {
			api, err := connectAsNobody()
			if err != nil {
				return err
			}
			list, err := answer[client.BordersOutBody](api.ListBorders(c.Context()))
			if err != nil {
				return err
			}
			return show(c, list.Items, func(line func(...any)) {
				line("CELL", "BORDER", "OUTCOME", "SINCE", "TRIES", "MET")
				for _, b := range list.Items {
					line(b.Cell, b.Border, b.Outcome, when(b.Since), b.Tries, b.Detail)
				}
			})
		}}
}
