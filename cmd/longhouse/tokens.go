package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func tokensCommand() *cobra.Command {
	return group("tokens", "API tokens of a tenant", listTokensCommand(), writing(createTokenCommand()), writing(revokeTokenCommand()))
}

func listTokensCommand() *cobra.Command {
	return inTenant("list", "List API tokens, without their secrets", cobra.NoArgs, func(c *cobra.Command, api *connection, tenant string, _ []string) error {
		list, err := all(func(cursor *string, limit *int32) ([]client.Token, string, error) {
			page, err := answer[client.ListToken](api.ListTokens(c.Context(), tenant, &client.ListTokensParams{Cursor: cursor, Limit: limit}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("ID", "NAME", "SCOPES", "CREATED")
			for _, t := range list {
				line(t.ID, t.Name, t.Scopes, when(t.CreatedAt))
			}
		})
	})
}

func createTokenCommand() *cobra.Command {
	var scopes []string
	var days int64
	c := inTenant("create NAME", "Make an API token; its secret is shown this once", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			made, err := answer[client.CreatedToken](api.CreateToken(c.Context(), tenant, nil, client.TokenBody{Name: args[0], Scopes: scopes, ExpiresInDays: &days}))
			if err != nil {
				return err
			}
			return showOnce(c, made, made.Secret, "`longhouse tokens revoke "+made.Token.ID+"`, and create another")
		})
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it may at the most, as in tenant:read,workspaces:operate")
	c.Flags().Int64Var(&days, "expires-in-days", 0, "0: never")
	return c
}

func revokeTokenCommand() *cobra.Command {
	return inTenant("revoke ID", "Make an API token useless at once", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			if _, err := answer[struct{}](api.RevokeToken(c.Context(), tenant, args[0], nil)); err != nil {
				return err
			}
			return show(c, map[string]string{"revoked": args[0]}, func(line func(...any)) { line("revoked", args[0]) })
		})
}
