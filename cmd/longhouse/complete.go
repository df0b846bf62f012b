package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completionPatience is how long a person who pressed TAB waits at the most.
const completionPatience = time.Second

// source says what may stand in a place. typed is what is there already.
type source func(c *cobra.Command, typed string) []cobra.Completion

// fromAPI is a source that asks the API. Whatever goes wrong, nobody hears of it: there is nothing to choose from then.
func fromAPI(ask func(c *cobra.Command, api *connection, typed string) []cobra.Completion) source {
	return func(c *cobra.Command, typed string) []cobra.Completion {
		api, err := connect()
		if err != nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(c.Context(), completionPatience)
		defer cancel()
		c.SetContext(ctx)
		return ask(c, api, typed)
	}
}

// oneOf is a source of fixed words.
func oneOf[T ~string](words ...T) source {
	return func(*cobra.Command, string) []cobra.Completion {
		var list []cobra.Completion
		for _, word := range words {
			list = append(list, string(word))
		}
		return list
	}
}

// harmless is what a shell takes for nothing but a word. A shell inserts what several names begin with as it is, and looks at it
// again when TAB is pressed next: others' names must hold nothing that it would run.
var harmless = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$`)

// offer adds a word and a remark on it, unless the word is dangerous.
func offer(list []cobra.Completion, word, remark string) []cobra.Completion {
	if !harmless.MatchString(word) {
		return list
	}
	remark = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, remark)
	return append(list, cobra.CompletionWithDesc(word, remark))
}

// completeAll gives every verb below root what completes its arguments and flags.
func completeAll(root *cobra.Command) {
	for _, c := range root.Commands() {
		completeAll(c)
		noun, _, _ := strings.Cut(strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), " ")
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = completeArguments(noun, strings.Fields(c.Use)[1:])
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { completeFlag(c, noun, f) })
	}
}

func completeArguments(noun string, places []string) cobra.CompletionFunc {
	return func(c *cobra.Command, before []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(before) >= len(places) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		place := strings.Trim(places[len(before)], "[]")
		if place == filePlace {
			return nil, cobra.ShellCompDirectiveDefault
		}
		from := arguments[noun+" "+place]
		if c.Name() == "create" || from == nil { // what is made has no name yet
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return from(c, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

func completeFlag(c *cobra.Command, noun string, f *pflag.Flag) {
	if f.NoOptDefVal != "" || slices.Contains(fileFlags, f.Name) || strings.HasSuffix(f.Name, "-file") {
		return
	}
	from, several := flagValues[f.Name], slices.Contains(listFlags, f.Name)
	if own, ok := flagValues[noun+" "+f.Name]; ok {
		from = own
	}
	if noun == "signup" && f.Name != "region" { // what is made has no name yet
		from = nil
	}
	_ = c.RegisterFlagCompletionFunc(f.Name, func(c *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) { // fails for one that is there
		if from == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if several {
			return furtherOf(from(c, typed), typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return from(c, typed), cobra.ShellCompDirectiveNoFileComp
	})
}

// furtherOf completes the last word of a list with commas, by one that is not in it yet.
func furtherOf(words []cobra.Completion, typed string) []cobra.Completion {
	before := typed[:strings.LastIndex(typed, ",")+1]
	var list []cobra.Completion
	for _, word := range words {
		if !slices.Contains(strings.Split(before, ","), word) {
			list = append(list, before+word)
		}
	}
	return list
}
