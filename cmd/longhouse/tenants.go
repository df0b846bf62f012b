package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func tenantsCommand() *cobra.Command {
	return group("tenants", "Tenants: the organisations that you have a part in", listTenantsCommand(), setPlanCommand())
}

func listTenantsCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List your tenants", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		list, err := listTenants(c, api)
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("ID", "NAME", "PLAN", "YOUR ROLE")
			for _, t := range list {
				line(t.ID, t.Name, t.Plan, orDash(t.Role))
			}
		})
	}}
}

func setPlanCommand() *cobra.Command {
	return writing(&cobra.Command{Use: "set-plan TENANT PLAN", Short: "Put a tenant on another plan: free, professional or enterprise; for operators", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		tenant, err := findTenant(c, api, args[0])
		if err != nil {
			return err
		}
		t, err := answer[client.Tenant](api.SetPlan(c.Context(), tenant, nil, client.PlanBody{Plan: client.PlanBodyPlan(args[1])}))
		if err != nil {
			return err
		}
		return show(c, t, func(line func(...any)) {
			line("id", t.ID)
			line("name", t.Name)
			line("plan", t.Plan)
		})
	}})
}

func listTenants(c *cobra.Command, api *connection) ([]client.Tenant, error) {
	return all(func(cursor *string, limit *int32) ([]client.Tenant, string, error) {
		page, err := answer[client.ListTenant](api.ListTenants(c.Context(), &client.ListTenantsParams{Cursor: cursor, Limit: limit}))
		return page.Items, page.NextCursor, err
	})
}

// findTenant returns the id of the tenant with this id or name, or of the only one there is.
func findTenant(c *cobra.Command, api *connection, name string) (string, error) {
	list, err := listTenants(c, api)
	if err != nil {
		return "", err
	}
	var found []client.Tenant
	for _, t := range list {
		if name == "" || name == t.ID || name == t.Name {
			found = append(found, t)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].ID, nil
	case len(found) == 0:
		return "", fail(exitRefused, "Not Found", "you have no tenant %q; `longhouse tenants list` shows those that you have", name)
	}
	return "", usage("you have several tenants; say which one by --tenant ID, `longhouse tenants list` shows them")
}

// inTenant is a verb on what a tenant has.
func inTenant(use, short string, args cobra.PositionalArgs, do func(c *cobra.Command, api *connection, tenant string, args []string) error) *cobra.Command {
	var name string
	c := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		tenant, err := findTenant(c, api, name)
		if err != nil {
			return err
		}
		return do(c, api, tenant, args)
	}}
	c.Flags().StringVar(&name, "tenant", "", "whose; may be left out by those who have one tenant")
	return c
}
