package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rootCommands are the verbs.
func rootCommands() []*cobra.Command {
	return []*cobra.Command{
		upCommand(), serveCommand(), childCommand(), sweepCommand(), isolationCommand(),
		upgradeCommand(), backupCommand(), restoreCommand(),
		writing(signUpCommand()), writing(loginCommand()), writing(logoutCommand()), whoAmICommand(),
		workspacesCommand(), ipFilterCommand(), domainsCommand(), operationsCommand(), cellsCommand(), edgesCommand(), tlsCertificatesCommand(), bordersCommand(), clockCommand(), auditCommand(), tenantsCommand(), membersCommand(), tokensCommand(), webhooksCommand(),
		openAPICommand(), trustCommand(), completionCommand(), exitCodesTopic(),
	}
}

// quoteFlags puts commands in the descriptions of flags between quotes: what is between backquotes there is taken for the name of
// the flag's value, see pflag.UnquoteUsage.
func quoteFlags(c *cobra.Command) {
	quote := func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "'") }
	c.LocalFlags().VisitAll(quote)
	for _, verb := range c.Commands() {
		quoteFlags(verb)
	}
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	out, errs = &quoting{to: out}, &quoting{to: errs}
	var begun bool
	root := &cobra.Command{Use: "longhouse", Short: "Host isolated team-chat workspaces", SilenceUsage: true, SilenceErrors: true,
		Long: "Host isolated team-chat workspaces. `longhouse help exit-codes` lists what the exit code says.",
		// Whatever is refused before a verb begins is a mistake in the command line.
		PersistentPreRun: func(c *cobra.Command, _ []string) {
			begun = true
			noteDryRun(c)
			noteListener(c)
		}}
	root.PersistentFlags().Bool("json", false, "print one JSON value to standard output, and errors as JSON to standard error")
	root.AddCommand(rootCommands()...)
	completeAll(root)
	quoteFlags(root)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	verb, err := root.ExecuteContextC(ctx)
	if rehearsed := (*planned)(nil); errors.As(err, &rehearsed) {
		err = rehearsed.show(verb)
	}
	if err == nil {
		return exitDone
	}
	if !begun {
		err = usage("%s; see `%s --help`", err, verb.CommandPath())
	}
	return report(errs, err, wantsJSON(verb))
}

// group is a noun: it does nothing without a verb.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	noun := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return usage("%s needs a verb; see `%s --help`", c.CommandPath(), c.CommandPath())
	}}
	noun.AddCommand(verbs...)
	return noun
}

func wantsJSON(c *cobra.Command) bool {
	wanted, err := c.Flags().GetBool("json")
	return err == nil && wanted
}
