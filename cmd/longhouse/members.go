package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func membersCommand() *cobra.Command {
	return group("members", "Members: who has which role in a tenant", listMembersCommand(), writing(setMemberCommand()), writing(removeMemberCommand()))
}

func listMembersCommand() *cobra.Command {
	return inTenant("list", "List members", cobra.NoArgs, func(c *cobra.Command, api *connection, tenant string, _ []string) error {
		list, err := listMembers(c, api, tenant)
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("E-MAIL", "ROLE", "SINCE", "PERSON")
			for _, m := range list {
				line(m.Email, m.Role, when(m.CreatedAt), m.Person)
			}
		})
	})
}

func listMembers(c *cobra.Command, api *connection, tenant string) ([]client.Member, error) {
	return all(func(cursor *string, limit *int32) ([]client.Member, string, error) {
		page, err := answer[client.ListMember](api.ListMembers(c.Context(), tenant, &client.ListMembersParams{Cursor: cursor, Limit: limit}))
		return page.Items, page.NextCursor, err
	})
}

func setMemberCommand() *cobra.Command {
	return inTenant("set EMAIL ROLE", "Give a person a role: owner, admin, billing, security or auditor", cobra.ExactArgs(2),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			m, err := answer[client.Member](api.SetMember(c.Context(), tenant, nil, client.MemberBody{Email: args[0], Role: client.MemberBodyRole(args[1])}))
			if err != nil {
				return err
			}
			return show(c, m, func(line func(...any)) { line(m.Email, m.Role) })
		})
}

func removeMemberCommand() *cobra.Command {
	return inTenant("remove EMAIL", "Take a person's role away", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			m, err := findMember(c, api, tenant, args[0])
			if err != nil {
				return err
			}
			if _, err := answer[struct{}](api.RemoveMember(c.Context(), tenant, m.Person, nil)); err != nil {
				return err
			}
			return show(c, map[string]string{"removed": m.Person}, func(line func(...any)) { line("removed", m.Email) })
		})
}

// findMember returns the member with this e-mail address or id.
func findMember(c *cobra.Command, api *connection, tenant, name string) (client.Member, error) {
	list, err := listMembers(c, api, tenant)
	if err != nil {
		return client.Member{}, err
	}
	for _, m := range list {
		if m.Person == name || strings.EqualFold(m.Email, name) {
			return m, nil
		}
	}
	return client.Member{}, fail(exitRefused, "Not Found", "%q is no member of this tenant", name)
}
