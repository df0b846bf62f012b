package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func acceptLossCommand() *cobra.Command {
	c := confirmedOnCell("accept-loss NAME", "After a restore: say that the workspaces without a database in a cell are gone", "close them", (*client.Client).AcceptLoss)
	c.Long = "After a restore: say that the workspaces without a database in a cell are gone. A cell in which more than a few of them, or all, have none\n" +
		"is left alone until then, as its databases may not be back yet: see `longhouse cells show NAME`. The workspaces are closed, which\n" +
		"can't be taken back. Should more be missing than now, nothing is closed."
	return c
}

func giveUpCellCommand() *cobra.Command {
	c := confirmedOnCell("give-up NAME", "Say that a cell is lost for good, with everything in it", "give it up", (*client.Client).GiveUpCell)
	c.Long = "Say that a cell is lost for good, with everything in it: its workspaces are closed, and it counts as destroyed. Nothing is removed, looked\n" +
		"for or certified. A cell that answers is drained and destroyed instead."
	return c
}

// confirmedCall is a call of the API on one cell that has to be confirmed.
type confirmedCall[P any] = func(api *client.Client, ctx context.Context, cell string, params *P, body client.ConfirmCellBody, editors ...client.RequestEditorFn) (*http.Response, error)

// confirmedOnCell is a verb on one cell that can't be taken back.
func confirmedOnCell[P any](use, short, what string, do confirmedCall[P]) *cobra.Command {
	var confirm, reason string
	c := onCell(use, short, func(c *cobra.Command, api *connection, name string) error {
		if err := ask(c, confirm == name || isDryRun(c.Context()), "Type the cell's name to "+what+":", name, "use --confirm "+name); err != nil {
			return err
		}
		cell, err := answer[client.Cell](do(api.Client, c.Context(), name, nil, client.ConfirmCellBody{Confirm: name, Reason: optional(reason)}))
		if err != nil {
			return err
		}
		return showCell(c, cell)
	})
	c.Flags().StringVar(&confirm, "confirm", "", "the cell's name, to not be asked for it")
	c.Flags().StringVar(&reason, "reason", "", "for the audit trail")
	return c
}
