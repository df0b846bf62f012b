package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func edgesCommand() *cobra.Command {
	return group("edges", "Edges: the ways in, and whether each has the newest routes; for operators", listEdgesCommand(),
		fenceCommand("fence", "Let an edge serve nothing, over restarts, until it is unfenced",
			"Let an edge serve nothing, over restarts, until it is unfenced. Saves don't wait for it any more. One that can't be reached doesn't hear of\n"+
				"it before it is back: until `edges list` says that it was told, see to it that nobody reaches it.", (*client.Client).FenceEdge),
		fenceCommand("unfence", "Let a fenced edge serve again, once it has caught up", "", (*client.Client).UnfenceEdge))
}

func listEdgesCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List edges, and whether each has the newest routes", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		list, err := answer[client.ListEdge](api.ListEdges(c.Context()))
		if err != nil {
			return err
		}
		return show(c, list.Items, func(line func(...any)) {
			line("ID", "NAME", "STATE", "VERSION", "PROCESSES", "HEARD", "FENCED")
			for _, e := range list.Items {
				line(e.ID, e.Name, e.State, e.Version, e.Processes, heard(e), fencedText(e))
			}
		})
	}}
}

func heard(e client.Edge) string {
	if e.LastHeard == nil {
		return "-"
	}
	return when(*e.LastHeard)
}

func fencedText(e client.Edge) string {
	switch {
	case e.FencedAt == nil:
		return "-"
	case e.ToldAt == nil:
		return "since " + when(*e.FencedAt) + ", not told yet"
	}
	return "since " + when(*e.FencedAt) + ", told " + when(*e.ToldAt)
}

// fenceCommand is a call on one edge, as cells have them.
func fenceCommand[P any](verb, short, long string, do cellCall[P]) *cobra.Command {
	return writing(&cobra.Command{Use: verb + " EDGE", Short: short, Long: long, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		e, err := answer[client.Edge](do(api.Client, c.Context(), args[0], nil))
		if err != nil {
			return err
		}
		return show(c, e, func(line func(...any)) {
			line("id", e.ID)
			line("name", e.Name)
			line("state", e.State)
			line("heard", heard(e))
			line("fenced", fencedText(e))
		})
	}})
}
