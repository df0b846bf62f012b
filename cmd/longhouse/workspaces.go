package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func workspacesCommand() *cobra.Command {
	return group("workspaces", "Workspaces: isolated chat servers",
		listWorkspacesCommand(), showWorkspaceCommand(), writing(createWorkspaceCommand()), writing(openWorkspaceCommand()),
		writing(stopWorkspaceCommand()), writing(startWorkspaceCommand()),
		writing(hibernateWorkspaceCommand()), writing(wakeWorkspaceCommand()), writing(setWorkspaceCommand()),
		writing(backUpWorkspaceCommand()), listBackupsCommand(),
		writing(deleteWorkspaceCommand()), writing(undeleteWorkspaceCommand()),
		accessLogCommand(), certificateCommand(), verifyCertificateCommand(), certificateKeyCommand())
}

func listWorkspacesCommand() *cobra.Command {
	var deleted bool
	c := &cobra.Command{Use: "list", Short: "List the workspaces of all your tenants", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		list, err := all(func(cursor *string, limit *int32) ([]client.Workspace, string, error) {
			page, err := answer[client.ListWorkspace](api.ListWorkspaces(c.Context(), &client.ListWorkspacesParams{Cursor: cursor, Limit: limit, Deleted: &deleted}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("SLUG", "STATE", "DELETION", "URL", "NAME", "ID")
			for _, w := range list {
				line(w.Slug, w.State, deletionOf(w), w.URL, w.Name, w.ID)
			}
		})
	}}
	c.Flags().BoolVar(&deleted, "deleted", false, "also those that are deleted, whose certificates `longhouse workspaces certificate ID` shows")
	return c
}

// deletionOf is when a workspace is gone, or was.
func deletionOf(w client.Workspace) string {
	switch {
	case w.State == client.WorkspaceStateDeleted:
		return when(w.UpdatedAt) // nothing changes it after that
	case w.DeleteAt != nil:
		return when(*w.DeleteAt)
	}
	return "-"
}

// onWorkspace is a verb on a workspace that is named by its slug or its id.
func onWorkspace(use, short string, do func(c *cobra.Command, api *connection, ws client.Workspace) error) *cobra.Command {
	return &cobra.Command{Use: use + " NAME", Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		ws, err := findWorkspace(c, api, args[0])
		if err != nil {
			return err
		}
		return do(c, api, ws)
	}}
}

func findWorkspace(c *cobra.Command, api *connection, name string) (client.Workspace, error) {
	if strings.HasPrefix(name, "ws_") {
		return answer[client.Workspace](api.GetWorkspace(c.Context(), name))
	}
	found, err := answer[client.ListWorkspace](api.ListWorkspaces(c.Context(), &client.ListWorkspacesParams{Slug: &name}))
	if err != nil {
		return client.Workspace{}, err
	}
	if len(found.Items) == 0 {
		return client.Workspace{}, fail(exitRefused, "Not Found", "you have no workspace with the slug %q; `longhouse workspaces list` shows those that you have", name)
	}
	return found.Items[0], nil
}

func showWorkspaceCommand() *cobra.Command {
	return onWorkspace("show", "Show one workspace", func(c *cobra.Command, _ *connection, ws client.Workspace) error {
		return show(c, ws, func(line func(...any)) {
			line("id", ws.ID)
			line("slug", ws.Slug)
			line("name", ws.Name)
			line("state", ws.State)
			line("url", ws.URL)
			line("region", ws.Region)
			line("tenant", ws.Tenant)
			line("created", when(ws.CreatedAt))
			if ws.DeleteAt != nil {
				line("deletion", when(*ws.DeleteAt))
			}
			showRest(ws, line)
			showInstance(ws.Instance, line)
		})
	})
}

// showInstance says how what serves a workspace is.
func showInstance(i *client.Instance, line func(...any)) {
	if i == nil {
		return
	}
	line("instance", string(i.State)+" since "+when(i.Since))
	line("restarts", i.Restarts)
	if i.Trouble != nil {
		line("trouble", *i.Trouble)
	}
	if i.LastExit != nil {
		line("last exit", *i.LastExit)
	}
}

func createWorkspaceCommand() *cobra.Command {
	var body client.WorkspaceBody
	var tenant, region string
	var wait bool
	c := &cobra.Command{Use: "create", Short: "Make a further workspace", Args: cobra.NoArgs}
	c.Flags().StringVar(&body.Name, "name", "", "its name for people; left out: the slug")
	c.Flags().StringVar(&body.Slug, "slug", "", "the first part of its address")
	c.Flags().StringVar(&tenant, "tenant", "", "whose it is; may be left out by those who have one tenant")
	c.Flags().StringVar(&region, "region", "", "where the data is kept; left out: any")
	c.Flags().BoolVar(&wait, "wait", false, "until the workspace is usable")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if body.Slug == "" {
			return usage("workspaces create needs --slug")
		}
		if body.Name == "" {
			body.Name = body.Slug
		}
		body.Region = optional(region)
		return createWorkspace(c, tenant, body, wait)
	}
	return c
}

func createWorkspace(c *cobra.Command, tenant string, body client.WorkspaceBody, wait bool) error {
	api, err := connect()
	if err != nil {
		return err
	}
	if tenant, err = findTenant(c, api, tenant); err != nil {
		return err
	}
	made, err := answer[client.CreatedWorkspace](api.CreateWorkspace(c.Context(), tenant, nil, body))
	if err != nil {
		return err
	}
	return follow(c, api, made.Workspace, made.Operation, wait)
}

func openWorkspaceCommand() *cobra.Command {
	return onWorkspace("open", "Get a link that signs you in as the first admin, for a minute and once", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		way, err := answer[client.Opened](api.OpenWorkspace(c.Context(), ws.ID, nil))
		if err != nil {
			return err
		}
		return show(c, way, func(line func(...any)) { line(way.URL) })
	})
}

func stopWorkspaceCommand() *cobra.Command {
	var wait bool
	var message string
	c := onWorkspace("stop", "Stop a workspace and keep its data", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		op, err := answer[client.Operation](api.StopWorkspace(c.Context(), ws.ID, nil, client.StopBody{Message: optional(message)}))
		if err != nil {
			return err
		}
		return follow(c, api, ws, op, wait)
	})
	c.Flags().StringVar(&message, "message", "", "what visitors read meanwhile")
	c.Flags().BoolVar(&wait, "wait", false, "until it has stopped")
	return c
}

func startWorkspaceCommand() *cobra.Command {
	var wait bool
	c := onWorkspace("start", "Run a stopped workspace", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		op, err := answer[client.Operation](api.StartWorkspace(c.Context(), ws.ID, nil))
		if err != nil {
			return err
		}
		return follow(c, api, ws, op, wait)
	})
	c.Flags().BoolVar(&wait, "wait", false, "until it is usable")
	return c
}

// follow shows a workspace and what is being done to it, at the end of it where that is wanted.
func follow(c *cobra.Command, api *connection, ws client.Workspace, op client.Operation, wait bool) error {
	var ended error
	if wait {
		op, ended = watch(c, api, op.ID)
	}
	now, err := answer[client.Workspace](api.GetWorkspace(c.Context(), ws.ID))
	if err != nil {
		return errors.Join(ended, err)
	}
	err = show(c, client.CreatedWorkspace{Workspace: now, Operation: op}, func(line func(...any)) {
		line("workspace", now.URL)
		line("state", now.State)
		line("operation", op.ID, op.Message)
	})
	return errors.Join(ended, err)
}
