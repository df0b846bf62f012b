package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func loginCommand() *cobra.Command {
	var email, passwordFile string
	c := &cobra.Command{Use: "login", Short: "Sign in and save the login for this user", Args: cobra.NoArgs}
	c.Flags().StringVar(&email, "email", "", "your e-mail address")
	c.Flags().StringVar(&passwordFile, "password-file", "", "file that holds the password; - is standard input, left out: asked for")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if email == "" {
			return usage("login needs --email")
		}
		password, err := readPassword(c, passwordFile)
		if err != nil {
			return err
		}
		return logIn(c, client.LoginBody{Email: email, Password: password})
	}
	return c
}

func logIn(c *cobra.Command, body client.LoginBody) error {
	api, err := connectAsNobody()
	if err != nil {
		return err
	}
	session, err := answer[client.Session](api.LogIn(c.Context(), nil, body))
	if err != nil {
		return err
	}
	if err := (login{api.api, session.Token}).save(); err != nil {
		return err
	}
	return show(c, session, func(line func(...any)) { line("signed in as " + body.Email + " at " + api.api) })
}

func logoutCommand() *cobra.Command {
	return &cobra.Command{Use: "logout", Short: "End the session and forget the saved login", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		_, err = answer[struct{}](api.LogOut(c.Context(), nil))
		if err != nil && failureOf(err).code != exitNotSignedIn { // a session that is over needs no end
			return err
		}
		if err := forgetLogin(); err != nil {
			return err
		}
		return show(c, map[string]bool{"signed_out": true}, func(line func(...any)) { line("signed out") })
	}}
}

func whoAmICommand() *cobra.Command {
	return &cobra.Command{Use: "whoami", Short: "Show who the API takes you for", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		me, err := answer[client.Me](api.GetMe(c.Context()))
		if err != nil {
			return err
		}
		return show(c, me, func(line func(...any)) { line(me.Kind, me.ID, orDash(me.Email)) })
	}}
}
