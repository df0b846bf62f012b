package main

import "github.com/spf13/cobra"

// showOnce prints what was made, with a secret that the API shows once. When the answer got lost on the way it is repeated
// without the secret, and remedy says how to get another.
func showOnce(c *cobra.Command, made any, secret, remedy string, cells ...any) error {
	if secret == "" {
		return fail(exitRefused, "Secret Lost", "it was done, but the secret, which is shown once, was lost with the connection; %s", remedy)
	}
	return show(c, made, func(line func(...any)) { line(append(cells, secret)...) })
}
