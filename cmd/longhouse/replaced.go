package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// discardReplacedCommand removes what a restore has moved aside. It acts on this machine, so that its dry run is no request.
func discardReplacedCommand() *cobra.Command {
	var data, confirm, reason string
	c := &cobra.Command{
		Use:   "discard FOLDER",
		Short: "Remove for good what a restore has moved aside",
		Long: "Remove for good what a restore with --replace has moved aside, by the folder's name: replaced-<time>, as `longhouse sweep` tells\n" +
			"it. The control plane of before is in it: its database, keys, passwords and the operator's token. The audit trail is told first.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			root, err := filepath.Abs(data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", data, err)
			}
			layout, name := datadir.Layout{Root: root}, args[0]
			found, err := up.FindReplaced(layout, name)
			if err != nil {
				return err
			}
			if isDryRun(c.Context()) {
				return showReplaced(c, found, "would be removed; nothing was changed")
			}
			if err := ask(c, confirm == name, "Type the folder's name to remove it for good:", name, "use --confirm "+name); err != nil {
				return err
			}
			if err := found.Discard(c.Context(), layout, reason, jsonLog()); err != nil {
				return err
			}
			return showReplaced(c, found, "is removed")
		},
	}
	c.Flags().StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that was restored to")
	c.Flags().StringVar(&confirm, "confirm", "", "the folder's name once more, to not be asked for it")
	c.Flags().StringVar(&reason, "reason", "", "for the audit trail")
	return writing(c)
}

func showReplaced(c *cobra.Command, r up.Replaced, what string) error {
	if wantsJSON(c) {
		return json.NewEncoder(c.OutOrStdout()).Encode(r)
	}
	_, _ = fmt.Fprintf(c.OutOrStdout(), "%s, with %d files of %d bytes, %s\n", r.Folder, r.Files, r.Bytes, what)
	return nil
}
