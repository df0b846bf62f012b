package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane"
)

// openAPICommand prints what `make generate` commits and makes the client from.
func openAPICommand() *cobra.Command {
	return &cobra.Command{Use: "openapi", Short: "Print the description of the API", Hidden: true, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		document, err := controlplane.Document()
		if err != nil {
			return err
		}
		_, err = c.OutOrStdout().Write(document)
		return err
	}}
}
