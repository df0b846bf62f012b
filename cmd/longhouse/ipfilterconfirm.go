package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// confirmIPFilterCommand confirms what is in force as it reads it: another one that somebody saves in that moment is not.
func confirmIPFilterCommand() *cobra.Command {
	return onWorkspace("confirm", "Keep an IP filter that is on trial, from an address that it lets in", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		f, err := answer[client.IPFilter](api.GetIPFilter(c.Context(), ws.ID, &client.GetIPFilterParams{}))
		if err != nil {
			return err
		}
		if f.Trial == nil {
			return fail(exitRefused, "Conflict", "the IP filter is not on trial: version %d stays in force", f.Version)
		}
		kept, err := answer[client.IPFilter](api.ConfirmIPFilter(c.Context(), ws.ID, nil, client.ConfirmIPFilterBody{Version: f.Version}))
		if err != nil {
			return err
		}
		return show(c, kept, func(line func(...any)) { showIPFilter(line, kept, memberNames(c, api, ws.Tenant)) })
	})
}
