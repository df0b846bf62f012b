package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// isolationCommand asks the agent of this machine which borders between instances hold.
func isolationCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "isolation",
		Short: "Show which borders between workspaces hold on this machine, and which can't",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := filepath.Abs(data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", data, err)
			}
			b, err := process.NewClient(process.Socket(root)).Borders(c.Context())
			if err != nil {
				return fail(exitUnreachable, "Unreachable", "%s; does `longhouse up` run on %s, and may you open its sockets?", err, root)
			}
			if wantsJSON(c) {
				return json.NewEncoder(c.OutOrStdout()).Encode(b)
			}
			_, _ = fmt.Fprint(c.OutOrStdout(), borders(b))
			return nil
		},
	}
	c.Flags().StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that `longhouse up` has made")
	return c
}

// borders is one line for each border that holds and each that doesn't.
func borders(b process.Borders) string {
	var s strings.Builder
	line := func(verdict, what string) { fmt.Fprintf(&s, "%-8s %s\n", verdict, what) }
	if b.Users {
		line("holds", "a user per instance")
	}
	if b.Kernel.Landlock > 0 {
		line("holds", fmt.Sprintf("files, ports and signals by Landlock %d, as far as that goes", b.Kernel.Landlock))
	}
	if b.Kernel.Seccomp {
		line("holds", "calls of the kernel by seccomp, those that make connections among them")
	}
	for _, c := range slices.Sorted(maps.Keys(b.Cgroups)) {
		line("holds", fmt.Sprintf("limit of %s by cgroup %s", c, b.Cgroups[c]))
	}
	for _, m := range b.Missing {
		line("MISSING", m.String())
	}
	for _, m := range b.Open {
		if b.OpenInstances > 0 {
			line("MISSING", fmt.Sprintf("for %d instances that make their connections themselves (of an earlier release): %s", b.OpenInstances, m))
		}
	}
	if b.Required {
		line("required", "the agent does not run without all of them")
	}
	return s.String()
}
