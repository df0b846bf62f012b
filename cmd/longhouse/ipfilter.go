package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func ipFilterCommand() *cobra.Command {
	return group("ip-filter", "IP filters: from where a workspace may be reached", showIPFilterCommand(), ipFilterHistoryCommand(), ipActivityCommand(),
		writing(addIPRuleCommand()), writing(removeIPRuleCommand()), writing(addIPExceptionCommand()), writing(removeIPExceptionCommand()), writing(setIPFilterCommand()),
		writing(switchIPFilterCommand("close", "Let nobody in whom no enabled rule names", false)), writing(switchIPFilterCommand("open", "Let everybody in, and keep the rules", true)),
		writing(confirmIPFilterCommand()), writing(breakGlassCommand()), writing(simulateIPFilterCommand()))
}

func showIPFilterCommand() *cobra.Command {
	var version int64
	c := onWorkspace("show", "Show from where a workspace may be reached, and since when", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		var asked client.GetIPFilterParams
		if c.Flags().Changed("version") {
			asked.Version = &version
		}
		f, err := answer[client.IPFilter](api.GetIPFilter(c.Context(), ws.ID, &asked))
		if err != nil {
			return err
		}
		return show(c, f, func(line func(...any)) { showIPFilter(line, f, memberNames(c, api, ws.Tenant)) })
	})
	c.Flags().Int64Var(&version, "version", 0, "one that was in force before (`longhouse ip-filter history` lists them)")
	return c
}

func showIPFilter(line func(...any), f client.IPFilter, names map[string]string) {
	line("state", openOrClosed(f.Open))
	line("version", f.Version)
	if f.ChangedAt != nil {
		by := orDash(f.ChangedBy)
		line("changed", when(*f.ChangedAt)+" by "+cmp.Or(names[by], by))
		line("reason", orDash(f.Reason))
	}
	if f.Forced != nil && *f.Forced {
		line("forced", "it did not let in who saved it")
	}
	if f.Trial != nil {
		line("on trial until", when(f.Trial.EndsAt)+": unless it is confirmed until then, "+backTo(f.Trial.BackTo))
	}
	line("your address", orDash(f.YourAddress))
	defer showExceptions(line, f.Exceptions, names)
	if len(f.Rules) == 0 {
		return
	}
	line()
	line("NETWORK", "NAME", "OWNER", "STATE", "ADDED BY", "ID")
	for _, r := range f.Rules {
		line(r.Network, orDash(&r.Name), orDash(&r.Owner), stateOfRule(r), named(names, r.AddedBy), r.ID)
	}
}

func backTo(version int64) string {
	if version == 0 {
		return "everybody is let in again"
	}
	return fmt.Sprintf("version %d comes back", version)
}

func openOrClosed(open bool) string {
	if open {
		return "open: everybody is let in"
	}
	return "closed: nobody is let in whom no enabled rule names"
}

func stateOfRule(r client.IPRule) string {
	switch {
	case !r.Enabled:
		return "disabled"
	case r.BreakGlass != nil:
		return "until " + when(*r.Until) + ", by break-glass: " + *r.BreakGlass
	case r.Until != nil:
		return "until " + when(*r.Until)
	}
	return "enabled"
}

// memberNames are the e-mail addresses of a tenant's members, by their ids. Who may not see those reads ids.
func memberNames(c *cobra.Command, api *connection, tenant string) map[string]string {
	names := map[string]string{}
	members, _ := listMembers(c, api, tenant)
	for _, m := range members {
		names[m.Person] = m.Email
	}
	return names
}

func ipFilterHistoryCommand() *cobra.Command {
	var most *uint32
	c := onWorkspace("history", "List who set which IP filter, and why, the newest first", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		var names map[string]string
		return history[client.IPFilterVersion]{
			page: func(cursor *string, limit *int32) ([]client.IPFilterVersion, string, error) {
				page, err := answer[client.ListIPFilterVersion](api.ListIPFilterVersions(c.Context(), ws.ID, &client.ListIPFilterVersionsParams{Cursor: cursor, Limit: limit}))
				return page.Items, page.NextCursor, err
			},
			head: []any{"VERSION", "AT", "BY", "STATE", "RULES", "ADDED", "REMOVED", "CHANGED", "FORCED", "REASON"},
			row: func(v client.IPFilterVersion) []any {
				if names == nil {
					names = memberNames(c, api, ws.Tenant)
				}
				return []any{v.Version, when(v.ChangedAt), cmp.Or(names[v.ChangedBy], v.ChangedBy), map[bool]string{true: "open", false: "closed"}[v.Open], v.Rules,
					v.Added, v.Removed, v.Changed, map[bool]string{true: "yes", false: "-"}[v.Forced], orDash(&v.Reason)}
			},
		}.print(c, *most)
	})
	most = limiting(c)
	return c
}
