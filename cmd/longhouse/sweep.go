package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
)

// sweepCommand looks for orphans in the cells of this machine, with the rights of a worker.
func sweepCommand() *cobra.Command {
	var data string
	var asJSON bool
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Compare the cells of this machine with what the domain says is in them",
		Long:  "Compare the cells of this machine with what the domain says is in them. While operations run it also finds\nwhat they are about to write down: only what is found twice, some time apart, means something. It changes nothing: `longhouse cells discard`\nremoves what a restore has kept aside and what no row owns.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := filepath.Abs(data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", data, err)
			}
			layout := datadir.Layout{Root: root}
			found, err := serve.Sweep(c.Context(), layout, jsonLog())
			if found == nil {
				return err
			}
			found = append(found, replaced(layout)...)
			if asJSON {
				return errors.Join(json.NewEncoder(c.OutOrStdout()).Encode(found), err)
			}
			for _, o := range found {
				_, _ = fmt.Fprintf(c.OutOrStdout(), "%-10s  %-34s  %s\n", o.Kind, o.Name, o.Why)
				if o.Remedy != "" {
					_, _ = fmt.Fprintf(c.OutOrStdout(), "%-10s  %-34s  to remove it for good: %s\n", "", "", o.Remedy)
				}
			}
			_, _ = fmt.Fprintf(c.OutOrStdout(), "%d differences\n", len(found))
			return err
		},
	}
	c.Flags().StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that `longhouse up` has made")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// replaced are the control planes of before that restores have moved aside.
func replaced(layout datadir.Layout) (list []provisioner.Orphan) {
	for _, name := range layout.Replaced() {
		list = append(list, provisioner.Orphan{Kind: "folder", Name: name, Why: "a restore has replaced it: the control plane of before, with its keys and passwords",
			Remedy: fmt.Sprintf("longhouse restore discard %s --data %s", name, layout.Root)})
	}
	return list
}
