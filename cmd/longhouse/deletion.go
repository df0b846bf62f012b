package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func deleteWorkspaceCommand() *cobra.Command {
	var at string
	var now, yes, wait bool
	c := onWorkspace("delete", "Take a workspace out of service, and delete it with all of its data at a date", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		params, err := deletion(ws, at, now, yes || isDryRun(c.Context()))
		if err != nil {
			return err
		}
		change, err := answer[client.ChangedWorkspace](api.DeleteWorkspace(c.Context(), ws.ID, &params))
		if err != nil {
			return err
		}
		return followChange(c, api, change, wait)
	})
	c.Long = "Take a workspace out of service, and delete it with all of its data at a date: in a week, where no other is given.\n" +
		"Until then `longhouse workspaces undelete NAME` brings it back as it was, and the same command with another date changes it."
	c.Flags().StringVar(&at, "at", "", "when its data is removed, as 2026-12-24 or 2026-12-24T18:00:00Z, up to 90 days ahead")
	c.Flags().BoolVar(&now, "now", false, "delete it at once; needs --yes")
	c.Flags().BoolVar(&yes, "yes", false, "really; needed where less than an hour is left to think again")
	c.Flags().BoolVar(&wait, "wait", false, "until it is out of service, or with --now until everything is gone")
	return c
}

func undeleteWorkspaceCommand() *cobra.Command {
	var wait bool
	c := onWorkspace("undelete", "Bring a workspace back before the date of its deletion", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		change, err := answer[client.ChangedWorkspace](api.UndeleteWorkspace(c.Context(), ws.ID, nil))
		if err != nil {
			return err
		}
		return followChange(c, api, change, wait)
	})
	c.Flags().BoolVar(&wait, "wait", false, "until it is as it was")
	return c
}

// deletion says when, and confirms it where somebody said --yes.
func deletion(ws client.Workspace, at string, now, yes bool) (p client.DeleteWorkspaceParams, err error) {
	switch {
	case now && at != "":
		return p, usage("--at and --now are two different dates; give one of them")
	case now && !yes:
		return p, usage("this deletes %s and all of its data for good, at once; say --yes if that is what you want", ws.URL)
	case now:
		at = "now"
	case at != "":
		when, err := moment(at)
		if err != nil {
			return p, err
		}
		if !yes && when.Before(time.Now()) {
			return p, usage("--at %s is past; a workspace is deleted at a time to come, up to 90 days ahead, or at once by --now", at)
		}
		if !yes && time.Until(when) < time.Hour {
			return p, usage("this deletes %s and all of its data for good within the hour; say --yes if that is what you want", ws.URL)
		}
		at = when.Format(time.RFC3339)
	}
	if yes {
		p.Confirm = &ws.Slug
	}
	p.DeleteAt = optional(at)
	return p, nil
}

// moment reads a date, which begins at midnight UTC, or a time.
func moment(text string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usage("--at %q is neither a date as 2026-12-24 nor a time as 2026-12-24T18:00:00Z", text)
	}
	return at, nil
}

// followChange shows a workspace and what is being done to it, if anything is; at the end of it where that is wanted.
func followChange(c *cobra.Command, api *connection, change client.ChangedWorkspace, wait bool) error {
	var ended error
	if wait && change.Operation != nil {
		var op client.Operation
		op, ended = watch(c, api, change.Operation.ID)
		change.Operation = &op
	}
	now, err := answer[client.Workspace](api.GetWorkspace(c.Context(), change.Workspace.ID))
	if err != nil {
		return errors.Join(ended, err)
	}
	change.Workspace = now
	err = show(c, change, func(line func(...any)) {
		line("workspace", now.URL)
		line("state", now.State)
		if now.DeleteAt != nil && now.State == client.WorkspaceStateDeleting {
			line("can be brought back until", when(*now.DeleteAt))
		}
		if change.Operation != nil {
			line("operation", change.Operation.ID, change.Operation.Message)
		}
	})
	return errors.Join(ended, err)
}
