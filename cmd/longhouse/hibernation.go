package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func hibernateWorkspaceCommand() *cobra.Command {
	var wait bool
	c := onWorkspace("hibernate", "Let a workspace rest that nobody uses; the next request wakes it", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		op, err := answer[client.Operation](api.HibernateWorkspace(c.Context(), ws.ID, nil))
		if err != nil {
			return err
		}
		return follow(c, api, ws, op, wait)
	})
	c.Long = "Let a workspace rest that nobody uses: nothing of it runs, and the next request is held until it does again. It goes on\nwhere web sockets are open, or something is due within a minute."
	c.Flags().BoolVar(&wait, "wait", false, "until it rests")
	return c
}

func wakeWorkspaceCommand() *cobra.Command {
	var wait bool
	c := onWorkspace("wake", "Wake a hibernated workspace, as a request would", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		op, err := answer[client.Operation](api.WakeWorkspace(c.Context(), ws.ID, nil))
		if err != nil {
			return err
		}
		return follow(c, api, ws, op, wait)
	})
	c.Flags().BoolVar(&wait, "wait", false, "until it is usable")
	return c
}

// showRest says since when a workspace rests, until when, and how often it was woken.
func showRest(ws client.Workspace, line func(...any)) {
	if ws.HibernatedAt != nil {
		line("hibernated", when(*ws.HibernatedAt))
	}
	if ws.WakeAt != nil {
		line("wakes at", when(*ws.WakeAt))
	}
	if ws.Wakes > 0 {
		last := ""
		if ws.LastWakeMs != nil {
			last = fmt.Sprintf("the last time in %d ms", *ws.LastWakeMs)
		}
		line("woken", ws.Wakes, last)
	}
}
