package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	// written is a command of ours in a text: between backquotes, or in a line of a block of commands.
	written = regexp.MustCompile("(?m)(?:`|^|\\$\\()(?:bin/)?longhouse ([^`\n#;>]*)")
	word    = regexp.MustCompile(`"[^"]*"|'[^']*'|[^\s\[\]|)]+`)
	verb    = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// unknownIn names the commands in a text whose verb or flag the program does not have.
func unknownIn(root *cobra.Command, text string) (found []string) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for _, command := range written.FindAllStringSubmatch(text, -1) {
		at, verbs := root, true // no verb comes behind a flag
		for _, word := range word.FindAllString(command[1], -1) {
			flag, _, _ := strings.Cut(word, "=")
			verbs = verbs && !strings.HasPrefix(word, "-")
			switch name, long := strings.CutPrefix(flag, "--"); {
			case long && name != "help" && at.Flags().Lookup(name) == nil && at.InheritedFlags().Lookup(name) == nil:
				found = append(found, fmt.Sprintf("longhouse %s: %s has no flag --%s", command[1], at.CommandPath(), name))
			case verbs && at.HasSubCommands() && verb.MatchString(word):
				below := at.Commands()
				i := slices.IndexFunc(below, func(c *cobra.Command) bool { return c.Name() == word })
				if i < 0 {
					found = append(found, fmt.Sprintf("longhouse %s: %s has no verb %s", command[1], at.CommandPath(), word))
					break
				}
				at = below[i]
			}
		}
	}
	return found
}

func TestEveryCommandThatIsWrittenDownIsOneOfTheProgram(t *testing.T) {
	t.Parallel()
	root, count := &cobra.Command{Use: "longhouse"}, 0
	root.PersistentFlags().Bool("json", false, "")
	root.AddCommand(append(rootCommands(), &cobra.Command{Use: "help"})...)
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/guides/*.md", "deploy/prometheus/rules.yml"} {
		pages, err := filepath.Glob("../../" + pattern)
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			count += len(written.FindAllString(string(text), -1))
			for _, unknown := range unknownIn(root, string(text)) {
				t.Errorf("%s: %s", page, unknown)
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d commands were found", count)
	}
	if got := unknownIn(root, "```sh\nlonghouse cells forge\nlonghouse up --dta x \\\n  --nothing\n```\nand `longhouse audit list --actr ada`"); len(got) != 4 {
		t.Errorf("of four mistakes are found %q", got)
	}
}
