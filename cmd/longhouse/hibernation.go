package main

import (
	"fmt"
	"time"

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

func setWorkspaceCommand() *cobra.Command {
	var always bool
	var after string
	c := onWorkspace("set", "Set when a workspace hibernates by itself", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		body := client.RestBody{AlwaysOn: changedTo(c.Flags().Changed("always-on"), always)}
		if c.Flags().Changed("idle-after") {
			seconds, err := idleSeconds(after)
			if err != nil {
				return err
			}
			body.IdleAfterS = &seconds
		}
		if body == (client.RestBody{}) {
			return usage("say what shall be different: --idle-after, --always-on or both")
		}
		now, err := answer[client.Workspace](api.SetRest(c.Context(), ws.ID, nil, body))
		if err != nil {
			return err
		}
		return show(c, now, func(line func(...any)) { showRest(now, line) })
	})
	c.Long = "Set when a workspace hibernates by itself: after how long without use, or never. It is used by requests that reach it and by open\n" +
		"web sockets. One that is always on is not put to rest by anybody, and woken where it rests."
	c.Flags().StringVar(&after, "idle-after", "", "after how long without use, as in 45m; plan: as the plan of its tenant has it")
	c.Flags().BoolVar(&always, "always-on", false, "never; --always-on=false: it may again")
	return c
}

// idleSeconds reads how long nobody may have used a workspace that shall hibernate; 0: as its plan has it.
func idleSeconds(text string) (int32, error) {
	if text == "plan" {
		return 0, nil
	}
	after, err := time.ParseDuration(text)
	if err != nil || after < time.Minute || after > 30*24*time.Hour || after%time.Second != 0 {
		return 0, usage("--idle-after %.40q: must be whole seconds from 1m to 720h, as in 45m, or plan; for never use --always-on", text)
	}
	return int32(after.Seconds()), nil
}

// showRest says since when a workspace rests, until when, when it does by itself, and how often it was woken.
func showRest(ws client.Workspace, line func(...any)) {
	switch {
	case ws.AlwaysOn:
		line("hibernates", "never: it is always on")
	case ws.IdleAfterS != nil:
		line("hibernates", "when nobody has used it for "+(time.Duration(*ws.IdleAfterS)*time.Second).String())
	default:
		line("hibernates", "when nobody has used it for as long as its plan says")
	}
	if ws.State == client.WorkspaceStateRunning {
		line("unused since", when(ws.IdleSince))
	}
	if ws.HibernatedAt != nil {
		line("hibernated", when(*ws.HibernatedAt))
	}
	if ws.WakeAt != nil {
		line("wakes at", when(*ws.WakeAt))
	}
	if ws.Wakes > 0 {
		line("woken", fmt.Sprintf("%d times, %d of them in the last 30 days", ws.Wakes, ws.RecentWakes))
	}
	if ws.LastWakeAt != nil && ws.LastWakeMs != nil && ws.LastWakeWhy != nil {
		line("last wake", fmt.Sprintf("%s, in %d ms: %s", when(*ws.LastWakeAt), *ws.LastWakeMs, *ws.LastWakeWhy))
	}
}
