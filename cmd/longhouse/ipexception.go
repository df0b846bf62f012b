package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// tokensFileMost is how large a file with tokens may be: a hundred of the longest.
const tokensFileMost = 1 << 20

func addIPExceptionCommand() *cobra.Command {
	var name, owner, until, tokens string
	c := editing{"except NAME PURPOSE NETWORK", "Let a network in for one purpose only, by a token", cobra.ExactArgs(3), func(c *cobra.Command, body *client.IPFilterBody, args []string) (err error) {
		e := client.IPExceptionBody{For: args[0], Network: args[1], Name: &name, Owner: &owner}
		if e.Until, err = ending(until, time.Now()); err != nil {
			return err
		}
		if e.Tokens, err = readTokens(c, tokens, args[0] == string(client.IPExceptionForIncomingWebhook)); err != nil {
			return err
		}
		list := slices.DeleteFunc(*body.Exceptions, sameException(args[0], args[1]))
		list = append(list, e)
		body.Exceptions = &list
		return nil
	}}.command()
	c.Long = "Let a network in that no rule names, for one purpose: `incoming_webhook`, to post by an incoming webhook of the workspace, or `scim`, to\n" +
		"provision users below /scim/v2/. Only who brings one of the tokens of the file gets in; of a webhook that is its id, or its URL. Their SHA-256 is\n" +
		"sent, and not the tokens. An exception that there is for this purpose and network is replaced."
	c.Flags().StringVar(&tokens, "tokens", "", "file with the tokens, one a line; - for standard input")
	c.Flags().StringVar(&name, "name", "", "what it is, up to 64 characters")
	c.Flags().StringVar(&owner, "owner", "", "who it is for, or answers for it, up to 128 characters")
	c.Flags().StringVar(&until, "until", "", "when it ends by itself: "+endingForms)
	return c
}

func removeIPExceptionCommand() *cobra.Command {
	return editing{"unexcept NAME PURPOSE NETWORK", "Remove an exception, that is named by its purpose and its network", cobra.ExactArgs(3), func(_ *cobra.Command, body *client.IPFilterBody, args []string) error {
		list := *body.Exceptions
		i := slices.IndexFunc(list, sameException(args[0], args[1]))
		if i < 0 {
			return fail(exitRefused, "Not Found", "the IP filter has no exception for %q from %q; `longhouse ip-filter show NAME` lists those that it has", args[0], args[1])
		}
		list = slices.Delete(list, i, i+1)
		body.Exceptions = &list
		return nil
	}}.command()
}

func sameException(purpose, network string) func(client.IPExceptionBody) bool {
	if read, err := cidr.Parse(network); err == nil {
		network = cidr.Show(read)
	}
	return func(e client.IPExceptionBody) bool { return e.For == purpose && e.Network == network }
}

// readTokens returns what is sent of the tokens in a file. There is no flag for a token itself: others on the machine could read it off the
// process list.
func readTokens(c *cobra.Command, file string, hooks bool) ([]string, error) {
	from := c.InOrStdin()
	switch file {
	case "":
		return nil, usage("ip-filter except needs --tokens, a file with a token a line; - for standard input")
	case "-":
	default:
		f, err := os.Open(file)
		if err != nil {
			return nil, usage("--tokens: %s", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	hashes, err := hashTokens(io.LimitReader(from, tokensFileMost), hooks)
	if err == nil && len(hashes) == 0 {
		err = usage("--tokens: there is no token in it")
	}
	return hashes, err
}

// hashTokens hashes each line. Of the URL of an incoming webhook its id is the token.
func hashTokens(from io.Reader, hooks bool) (hashes []string, err error) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		token := strings.TrimSpace(lines.Text())
		if token == "" {
			continue
		}
		if _, id, url := strings.Cut(token, "/hooks/"); hooks && url {
			token = id
		}
		if hooks && (len(token) != 26 || strings.Trim(token, "abcdefghijklmnopqrstuvwxyz0123456789") != "") {
			return nil, usage("--tokens: a line is neither the id of an incoming webhook, 26 lower-case letters and digits, nor its URL")
		}
		if !hooks && (len(token) < 20 || strings.ContainsAny(token, " ,")) {
			return nil, usage("--tokens: a line is no bearer token; allowed are 20 characters and more, without spaces and commas")
		}
		sum := sha256.Sum256([]byte(token))
		hashes = append(hashes, hex.EncodeToString(sum[:]))
	}
	if err := lines.Err(); err != nil {
		return nil, usage("--tokens: %s", err)
	}
	return hashes, nil
}

// exceptionsOf are exceptions as they are sent to be saved.
func exceptionsOf(list []client.IPException) *[]client.IPExceptionBody {
	body := make([]client.IPExceptionBody, 0, len(list))
	for _, e := range list {
		body = append(body, client.IPExceptionBody{For: string(e.For), Network: e.Network, Tokens: e.Tokens, Name: &e.Name, Owner: &e.Owner, Enabled: &e.Enabled, Until: e.Until})
	}
	return &body
}

func showExceptions(line func(...any), list []client.IPException, names map[string]string) {
	if len(list) == 0 {
		return
	}
	line()
	line("EXCEPT FOR", "FROM", "TOKENS", "NAME", "OWNER", "STATE", "ADDED BY")
	for _, e := range list {
		state := stateOfRule(client.IPRule{Enabled: e.Enabled, Until: e.Until})
		line(e.For, e.Network, len(e.Tokens), orDash(&e.Name), orDash(&e.Owner), state, named(names, e.AddedBy))
	}
}

// named is how people know who did something, where they may.
func named(names map[string]string, by string) string {
	if name, known := names[by]; known {
		return name
	}
	return by
}
