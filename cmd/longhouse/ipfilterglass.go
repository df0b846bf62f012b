package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// breakGlassCommand is for an owner who is still signed in here; who isn't asks at the page /break-glass.
func breakGlassCommand() *cobra.Command {
	var reason string
	c := onWorkspace("break-glass", "Have a link mailed to you, an owner whom the IP filter shuts out, that lets you in for an hour", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		mailed, err := answer[client.BreakGlassMailed](api.RequestBreakGlass(c.Context(), ws.ID, nil, client.RequestBreakGlassBody{Reason: reason}))
		if err != nil {
			return err
		}
		return show(c, mailed, func(line func(...any)) {
			line("mailed to", mailed.To)
			line("good until", when(mailed.EndsAt))
			line()
			line("open the link where you want to be let in: it lets in the address that you come from then")
		})
	})
	c.Flags().StringVar(&reason, "reason", "", "for everybody who may set the filter, up to 200 characters; needed")
	return c
}
