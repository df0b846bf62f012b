package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func domainsCommand() *cobra.Command {
	return group("domains", "Custom domains: names of your own by which a workspace is reached", listDomainsCommand(), writing(addDomainCommand()), showDomainCommand(),
		writing(checkDomainCommand()), writing(primaryDomainCommand()), writing(removeDomainCommand()))
}

func listDomainsCommand() *cobra.Command {
	return onWorkspace("list", "List a workspace's domains", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		list, err := answer[client.ListDomain](api.ListDomains(c.Context(), ws.ID))
		if err != nil {
			return err
		}
		return show(c, list.Items, func(line func(...any)) {
			line("DOMAIN", "STATE", "PRIMARY", "CHECKED", "NEXT CHECK", "WHERE IT STANDS")
			for _, d := range list.Items {
				line(d.Name, d.State, map[bool]string{true: "yes", false: "-"}[d.Primary], whenever(d.CheckedAt), when(d.CheckAt), d.Says)
			}
		})
	})
}

func whenever(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return when(*at)
}

// onDomain is a verb on one of a workspace's domains.
func onDomain(use, short string, do func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error) *cobra.Command {
	return &cobra.Command{Use: use + " NAME DOMAIN", Short: short, Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		ws, err := findWorkspace(c, api, args[0])
		if err != nil {
			return err
		}
		return do(c, api, ws, args[1])
	}}
}

func addDomainCommand() *cobra.Command {
	return onDomain("add", "Claim a domain for a workspace, and show which DNS records it needs", func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error {
		d, err := answer[client.Domain](api.AddDomain(c.Context(), ws.ID, nil, client.DomainBody{Name: domain}))
		return showDomain(c, d, err)
	})
}

func showDomainCommand() *cobra.Command {
	return onDomain("show", "Show a domain, its DNS records, and what the last look at them found", func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error {
		d, err := answer[client.Domain](api.GetDomain(c.Context(), ws.ID, domain))
		return showDomain(c, d, err)
	})
}

func showDomain(c *cobra.Command, d client.Domain, err error) error {
	if err != nil {
		return err
	}
	return show(c, d, func(line func(...any)) {
		line("domain", d.Name)
		if d.Shown != d.Name {
			line("written", d.Shown)
		}
		line("state", d.State)
		line("", d.Says)
		line("primary", map[bool]string{true: "yes: browsers are sent there while it is serving", false: "no"}[d.Primary])
		line("checked", whenever(d.CheckedAt))
		line("next check", when(d.CheckAt))
		line()
		line("RECORD", "NAME", "VALUE")
		for _, r := range d.Records {
			line(r.Type, r.Name, r.Value)
		}
		if d.Checks == nil || len(*d.Checks) == 0 {
			return
		}
		last := (*d.Checks)[0]
		line()
		line("last look", when(last.At))
		for _, text := range last.Expected {
			line("expected", text)
		}
		for _, text := range last.Found {
			line("found", text)
		}
	})
}

// checkPatience is how long a person waits at the most for a look at a domain: a certificate may be issued in it.
const checkPatience = time.Minute

func checkDomainCommand() *cobra.Command {
	return onDomain("check", "Have a domain's DNS records looked at now, and wait for that", func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error {
		before, err := answer[client.Domain](api.GetDomain(c.Context(), ws.ID, domain))
		if err != nil {
			return err
		}
		if _, err := answer[client.Domain](api.CheckDomain(c.Context(), ws.ID, domain, nil)); err != nil {
			return err
		}
		d, err := awaitCheck(c.Context(), api, ws.ID, before)
		return showDomain(c, d, err)
	})
}

// awaitCheck returns the domain as soon as somebody has looked at it once more.
func awaitCheck(ctx context.Context, api *connection, workspace string, before client.Domain) (client.Domain, error) {
	limit, again := time.NewTimer(checkPatience), time.NewTicker(300*time.Millisecond)
	defer limit.Stop()
	defer again.Stop()
	for {
		d, err := answer[client.Domain](api.GetDomain(ctx, workspace, before.Name))
		if err != nil || d.CheckedAt != nil && (before.CheckedAt == nil || d.CheckedAt.After(*before.CheckedAt)) {
			return d, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return d, ctx.Err()
		case <-limit.C:
			return d, fail(exitUnreachable, "Not looked at yet", "nobody has looked at %s within %s; `longhouse domains show` tells when somebody has", before.Name, checkPatience)
		}
	}
}

func primaryDomainCommand() *cobra.Command {
	var off bool
	c := onDomain("primary", "Send browsers to a domain that come to another name of the workspace", func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error {
		if off {
			d, err := answer[client.Domain](api.UnsetPrimaryDomain(c.Context(), ws.ID, domain, nil))
			return showDomain(c, d, err)
		}
		d, err := answer[client.Domain](api.SetPrimaryDomain(c.Context(), ws.ID, domain, nil))
		return showDomain(c, d, err)
	})
	c.Flags().BoolVar(&off, "off", false, "send them there no more")
	return c
}

func removeDomainCommand() *cobra.Command {
	return onDomain("remove", "Take a domain out of service; who wants it again proves it anew", func(c *cobra.Command, api *connection, ws client.Workspace, domain string) error {
		if _, err := answer[struct{}](api.RemoveDomain(c.Context(), ws.ID, domain, nil)); err != nil {
			return err
		}
		return show(c, map[string]string{"removed": domain}, func(line func(...any)) { line("removed", domain) })
	})
}
