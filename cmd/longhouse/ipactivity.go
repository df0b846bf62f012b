package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func ipActivityCommand() *cobra.Command {
	return onWorkspace("activity", "Show whom an IP filter let in by which rule, and whom it denied", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		a, err := answer[client.IPActivity](api.GetIPActivity(c.Context(), ws.ID))
		if err != nil {
			return err
		}
		return show(c, a, func(line func(...any)) {
			line("NETWORK", "NAME", "LET IN", "LAST", "ID")
			for _, r := range a.Rules {
				last := "never"
				if r.LastAt != nil {
					last = when(*r.LastAt)
				}
				line(r.Network, orDash(&r.Name), r.Requests, last, r.ID)
			}
			if len(a.Denied) == 0 {
				return
			}
			line()
			line("DENIED", "", "REQUESTS", "LAST")
			for _, d := range a.Denied {
				line(d.Address, "", d.Requests, when(d.LastAt))
			}
		})
	})
}
