package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func operationsCommand() *cobra.Command {
	return group("operations", "Operations: what is done to workspaces, step by step",
		listOperationsCommand(), showOperationCommand(), watchOperationCommand(),
		whyStuckCommand(), writing(cancelOperationCommand()), writing(retryOperationCommand()))
}

func listOperationsCommand() *cobra.Command {
	var workspace, tenant, state string
	var stuck, failed bool
	c := &cobra.Command{Use: "list", Short: "List operations, newest first", Args: cobra.NoArgs}
	c.Flags().StringVar(&workspace, "workspace", "", "only those on this workspace, by slug or id")
	c.Flags().StringVar(&tenant, "tenant", "", "only those of this tenant, by id or name")
	c.Flags().StringVar(&state, "state", "", "only those that are queued, running, undoing, succeeded or undone")
	c.Flags().BoolVar(&stuck, "stuck", false, "only those that are open and don't get on")
	c.Flags().BoolVar(&failed, "failed", false, "only those that gave up: taken back, and nobody had cancelled them")
	most := limiting(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		if workspace != "" && !strings.HasPrefix(workspace, "ws_") {
			ws, err := findWorkspace(c, api, workspace)
			if err != nil {
				return err
			}
			workspace = ws.ID
		}
		if tenant != "" {
			if tenant, err = findTenant(c, api, tenant); err != nil {
				return err
			}
		}
		return history[client.Operation]{
			page: func(cursor *string, limit *int32) ([]client.Operation, string, error) {
				page, err := answer[client.ListOperation](api.ListOperations(c.Context(), &client.ListOperationsParams{Cursor: cursor, Limit: limit, Workspace: optional(workspace), Tenant: optional(tenant),
					State: (*client.ListOperationsParamsState)(optional(state)), Stuck: &stuck, Failed: &failed}))
				return page.Items, page.NextCursor, err
			},
			head: []any{"ID", "KIND", "STATE", "CREATED", "MESSAGE"},
			row:  func(o client.Operation) []any { return []any{o.ID, o.Kind, o.State, when(o.CreatedAt), o.Message} },
		}.print(c, *most)
	}
	return c
}

func showOperationCommand() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show an operation and its steps", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		op, err := answer[client.Operation](api.GetOperation(c.Context(), args[0]))
		if err != nil {
			return err
		}
		return showOperation(c, op)
	}}
}

func watchOperationCommand() *cobra.Command {
	return &cobra.Command{Use: "watch ID", Short: "Show the steps of an operation as they are done, until its end", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		op, ended := watch(c, api, args[0])
		if op.ID == "" {
			return ended
		}
		if err := showOperation(c, op); err != nil {
			return err
		}
		return ended
	}}
}
