package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func signUpCommand() *cobra.Command {
	var body client.SignUpBody
	var passwordFile, region string
	var wait bool
	c := &cobra.Command{Use: "signup", Short: "Become a customer and get a first workspace", Args: cobra.NoArgs,
		Example: "  longhouse signup --email ada@example.com --password-file secret --tenant 'Analytical Engines' --workspace engines --wait"}
	f := c.Flags()
	f.StringVar(&body.Email, "email", "", "your e-mail address")
	f.StringVar(&passwordFile, "password-file", "", "file that holds the password; - is standard input, left out: asked for")
	f.StringVar(&body.Tenant, "tenant", "", "your organisation's name")
	f.StringVar(&body.Slug, "workspace", "", "the first part of the workspace's address")
	f.StringVar(&region, "region", "", "where the data is kept; left out: any")
	f.BoolVar(&wait, "wait", false, "until the workspace is usable")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if body.Email == "" || body.Tenant == "" || body.Slug == "" {
			return usage("signup needs --email, --tenant and --workspace")
		}
		if body.Password, err = readPassword(c, passwordFile); err != nil {
			return err
		}
		body.Region = optional(region)
		return signUp(c, body, wait)
	}
	return c
}

func signUp(c *cobra.Command, body client.SignUpBody, wait bool) error {
	api, err := connectAsNobody()
	if err != nil {
		return err
	}
	done, err := answer[client.SignedUp](api.SignUp(c.Context(), nil, body))
	if err != nil {
		return err
	}
	if err := saveFirstLogin(login{api.api, done.Token}); err != nil {
		return err
	}
	var ended error
	if wait {
		ended = waitSignedUp(c, api.api, &done)
	}
	err = show(c, done, func(line func(...any)) {
		line("workspace", done.Workspace.URL)
		line("state", done.Workspace.State)
		line("operation", done.Operation.ID, done.Operation.Message)
		line("open it with", "longhouse workspaces open "+done.Workspace.Slug)
	})
	return errors.Join(ended, err)
}

func waitSignedUp(c *cobra.Command, address string, done *client.SignedUp) error {
	api, err := dial(address, done.Token)
	if err != nil {
		return err
	}
	op, ended := watch(c, api, done.Operation.ID)
	ws, err := answer[client.Workspace](api.GetWorkspace(c.Context(), done.Workspace.ID))
	if err != nil {
		return errors.Join(ended, err)
	}
	done.Operation, done.Workspace = op, ws
	return ended
}

// saveFirstLogin signs in here whoever has not signed in yet. It never replaces another login.
func saveFirstLogin(l login) error {
	saved, err := readLogin()
	if err != nil || saved.Token != "" {
		return err
	}
	return l.save()
}
