package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// filePlace is where an argument is a file.
const filePlace = "FILE"

// arguments are the places in the usage lines of a noun's verbs.
var arguments = map[string]source{
	"workspaces NAME":   fromAPI(workspaceNames),
	"ip-filter NAME":    fromAPI(workspaceNames),
	"ip-filter RULE":    fromAPI(ipRuleIDs),
	"domains NAME":      fromAPI(workspaceNames),
	"domains DOMAIN":    fromAPI(domainNames),
	"operations ID":     fromAPI(operationIDs),
	"cells NAME":        fromAPI(cellNames),
	"cells CELL":        fromAPI(cellNames),
	"tokens ID":         fromAPI(tokenIDs),
	"webhooks ID":       fromAPI(webhookIDs),
	"webhooks WEBHOOK":  fromAPI(webhookIDs),
	"webhooks DELIVERY": fromAPI(deliveryIDs),
	"members EMAIL":     fromAPI(memberEmails),
	"members ROLE":      oneOf(tenants.Roles...),
	"completion SHELL":  oneOf(shells...),
}

// flagValues are the values of the flags of this name, whatever verb has them, but where a noun has others.
var flagValues = map[string]source{
	"tenant":    fromAPI(tenantNames),
	"workspace": fromAPI(workspaceNames),
	"cell":      fromAPI(cellNames),
	"region":    fromAPI(regionNames),
	"action":    oneOf(tenants.EventNames()...),
	"event":     oneOf(tenants.EventNames()...),
	"state":     oneOf(tenants.DeliveryStates...),

	"operations state": oneOf(tenants.ProgressStates...),
	"subject":          fromAPI(workspaceNames),
	"scope":            oneOf(tenants.Permissions...),
	"roles":            oneOf(serve.Roles...),
}

var (
	// fileFlags are the flags whose value is a path, beside those whose name ends with -file.
	fileFlags = []string{"data", "file", "from", "to", "out", "workspace-server"}
	// listFlags are the flags whose value is words with commas between them.
	listFlags = []string{"scope", "roles", "event"}
)

func workspaceNames(c *cobra.Command, api *connection, typed string) (list []cobra.Completion) {
	found, _ := all(func(cursor *string, limit *int32) ([]client.Workspace, string, error) {
		page, err := answer[client.ListWorkspace](api.ListWorkspaces(c.Context(), &client.ListWorkspacesParams{Cursor: cursor, Limit: limit}))
		return page.Items, page.NextCursor, err
	})
	for _, w := range found {
		if strings.HasPrefix(typed, "ws_") {
			list = offer(list, w.ID, w.Slug)
		} else {
			list = offer(list, w.Slug, string(w.State)+", "+w.Name)
		}
	}
	return list
}

// ipRuleIDs offers those of the workspace that was typed before. A network is no word that a shell takes for harmless.
func ipRuleIDs(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	ws, err := findWorkspace(c, api, c.Flags().Arg(0))
	if err != nil {
		return nil
	}
	f, _ := answer[client.IPFilter](api.GetIPFilter(c.Context(), ws.ID, &client.GetIPFilterParams{}))
	for _, r := range f.Rules {
		list = offer(list, r.ID, r.Network+" "+r.Name)
	}
	return list
}

func domainNames(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	ws, err := findWorkspace(c, api, c.Flags().Arg(0))
	if err != nil {
		return nil
	}
	found, _ := answer[client.ListDomain](api.ListDomains(c.Context(), ws.ID))
	for _, d := range found.Items {
		list = offer(list, d.Name, string(d.State))
	}
	return list
}

// tenantNames offers ids for those whose name is not a plain word, or not the name of one alone.
func tenantNames(c *cobra.Command, api *connection, typed string) (list []cobra.Completion) {
	found, _ := listTenants(c, api)
	count := map[string]int{}
	for _, t := range found {
		count[t.Name]++
	}
	for _, t := range found {
		if count[t.Name] > 1 || !harmless.MatchString(t.Name) || strings.HasPrefix(typed, "ten_") {
			list = offer(list, t.ID, t.Name)
		} else {
			list = offer(list, t.Name, t.ID)
		}
	}
	return list
}

// operationIDs offers the newest; those that are over only where they are of use.
func operationIDs(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	found, _ := answer[client.ListOperation](api.ListOperations(c.Context(), &client.ListOperationsParams{}))
	for _, o := range found.Items {
		again := c.Name() == "retry" && o.State == client.OperationStateUndone
		if c.Name() == "show" || c.Name() == "watch" || again || o.FinishedAt == nil {
			list = offer(list, o.ID, string(o.Kind)+", "+string(o.State)+", "+when(o.CreatedAt))
		}
	}
	return list
}

func cellNames(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	found, _ := answer[client.ListCell](api.ListCells(c.Context()))
	for _, cell := range found.Items {
		list = offer(list, cell.Name, string(cell.State)+", "+cell.Region)
	}
	return list
}

func regionNames(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	found, _ := answer[client.ListRegion](api.ListRegions(c.Context()))
	for _, region := range found.Items {
		list = offer(list, region.Name, "")
	}
	return list
}

func tokenIDs(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	tenant, err := findTenant(c, api, c.Flag("tenant").Value.String())
	if err != nil {
		return nil
	}
	found, _ := answer[client.ListToken](api.ListTokens(c.Context(), tenant, &client.ListTokensParams{Limit: new(pageMost)}))
	for _, t := range found.Items {
		list = offer(list, t.ID, t.Name)
	}
	return list
}

func webhookIDs(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	tenant, err := findTenant(c, api, c.Flag("tenant").Value.String())
	if err != nil {
		return nil
	}
	found, _ := answer[client.ListWebhook](api.ListWebhooks(c.Context(), tenant, &client.ListWebhooksParams{Limit: new(pageMost)}))
	for _, w := range found.Items {
		list = offer(list, w.ID, w.URL)
	}
	return list
}

// deliveryIDs offers the newest of the webhook that was typed before.
func deliveryIDs(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	tenant, err := findTenant(c, api, c.Flag("tenant").Value.String())
	if err != nil {
		return nil
	}
	found, _ := answer[client.ListDelivery](api.ListDeliveries(c.Context(), tenant, c.Flags().Arg(0), &client.ListDeliveriesParams{}))
	for _, d := range found.Items {
		list = offer(list, d.ID, d.Event+", "+string(d.State)+", "+when(d.CreatedAt))
	}
	return list
}

func memberEmails(c *cobra.Command, api *connection, _ string) (list []cobra.Completion) {
	tenant, err := findTenant(c, api, c.Flag("tenant").Value.String())
	if err != nil {
		return nil
	}
	found, _ := listMembers(c, api, tenant)
	for _, m := range found {
		list = offer(list, m.Email, string(m.Role))
	}
	return list
}
