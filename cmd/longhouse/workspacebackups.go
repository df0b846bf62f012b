package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func backUpWorkspaceCommand() *cobra.Command {
	var label string
	var days int32
	var wait bool
	c := onWorkspace("backup", "Back a workspace up, whatever it does meanwhile", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		body := client.BackupBody{Label: optional(label)}
		if c.Flags().Changed("keep-days") {
			if days < 1 || days > 366 {
				return usage("--keep-days %d: must be from 1 to 366", days)
			}
			body.KeepDays = &days
		}
		op, err := answer[client.Operation](api.BackUpWorkspace(c.Context(), ws.ID, nil, body))
		if err != nil {
			return err
		}
		return follow(c, api, ws, op, wait)
	})
	c.Long = "Back a workspace up: its database as of one moment, and its files. It goes on as it did, and may be stopped, woken or put to rest meanwhile.\n" +
		"Each workspace is backed up daily besides, at a time of its own between 1 and 6 o'clock, UTC."
	c.Flags().StringVar(&label, "label", "", "what to call the backup")
	c.Flags().Int32Var(&days, "keep-days", 0, "how many days it is kept, 1 to 366; 30 where you don't say")
	c.Flags().BoolVar(&wait, "wait", false, "until the backup is made, and read back")
	return c
}

func listBackupsCommand() *cobra.Command {
	var gone bool
	c := onWorkspace("backups", "List the backups of a workspace", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		list, err := all(func(cursor *string, limit *int32) ([]client.Backup, string, error) {
			page, err := answer[client.ListBackup](api.ListBackups(c.Context(), ws.ID, &client.ListBackupsParams{All: &gone, Cursor: cursor, Limit: limit}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("BACKUP", "STATE", "OF", "KEPT UNTIL", "SIZE", "ADDED", "USERS", "POSTS", "FILES", "WHY", "LABEL")
			for _, b := range list {
				kept := whenever(b.KeptUntil)
				if b.Held {
					kept = "held"
				}
				line(b.ID, b.State, whenever(b.MadeAt), kept, amount(b.Bytes), amount(b.Added), counted(b.Users), counted(b.Posts), counted(b.Files), b.Cause, orDash(b.Label))
			}
		})
	})
	c.Flags().BoolVar(&gone, "all", false, "also those that are gone, and those that could not be made")
	return c
}

func counted(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// amount is a number of bytes for people.
func amount(n *int64) string {
	if n == nil {
		return "-"
	}
	size, unit := float64(*n), 0
	for ; size >= 1024 && unit < 4; unit++ {
		size /= 1024
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", *n)
	}
	return fmt.Sprintf("%.1f %ciB", size, "KMGT"[unit-1])
}
