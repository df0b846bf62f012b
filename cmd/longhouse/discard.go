package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func discardCommand() *cobra.Command {
	var confirm, reason string
	var wait bool
	c := &cobra.Command{Use: "discard CELL NAME", Short: "Remove for good what a restore has kept aside in a cell, or what no row owns", Args: cobra.ExactArgs(2),
		Long: "Remove for good what a restore has kept aside in a cell, or what no row owns: the database of that name, its role, its buckets with\n" +
			"their credentials, and its key. `longhouse sweep` tells the names. It may be a workspace that was made after the backup: look at it first."}
	c.Flags().StringVar(&confirm, "confirm", "", "the name once more, to not be asked for it")
	c.Flags().StringVar(&reason, "reason", "", "for the audit trail")
	c.Flags().BoolVar(&wait, "wait", false, "until it is gone")
	c.RunE = func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		name := args[1]
		if err := ask(c, confirm == name || isDryRun(c.Context()), "Type the name to remove it for good:", name, "use --confirm "+name); err != nil {
			return err
		}
		op, err := answer[client.Operation](api.DiscardStorage(c.Context(), args[0], name, nil, client.DiscardBody{Confirm: name, Reason: optional(reason)}))
		if err != nil {
			return err
		}
		if wait {
			if op, err = watch(c, api, op.ID); op.ID == "" {
				return err
			}
		}
		return errors.Join(showOperation(c, op), err)
	}
	return c
}
