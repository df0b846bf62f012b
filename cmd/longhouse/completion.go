package main

import (
	_ "embed"
	"io"

	"github.com/spf13/cobra"
)

// bashWords makes the script independent of the bash-completion package, which many servers don't have.
//
//go:embed completion.bash
var bashWords string

// shells are those that completion is written for.
var shells = []string{"bash", "zsh", "fish"}

// completionCommand prints a script that asks this program what may come next.
func completionCommand() *cobra.Command {
	return &cobra.Command{Use: "completion SHELL", Short: "Print the completion script of bash, zsh or fish", Args: cobra.ExactArgs(1),
		Long: "Print a script that completes verbs, flags and, where you are signed in, the names of what you have:\n\n" +
			"  bash  source <(longhouse completion bash), in ~/.bashrc\n" +
			"  zsh   longhouse completion zsh > \"${fpath[1]}/_longhouse\"\n" +
			"  fish  longhouse completion fish > ~/.config/fish/completions/longhouse.fish",
		RunE: func(c *cobra.Command, args []string) error {
			return writeCompletion(c.Root(), args[0], c.OutOrStdout())
		}}
}

func writeCompletion(root *cobra.Command, shell string, to io.Writer) error {
	switch shell {
	case "bash":
		if err := root.GenBashCompletionV2(to, true); err != nil {
			return err
		}
		_, err := io.WriteString(to, bashWords)
		return err
	case "zsh":
		return root.GenZshCompletion(to)
	case "fish":
		return root.GenFishCompletion(to, true)
	}
	return usage("there is no completion for %q; allowed are bash, zsh and fish", shell)
}
