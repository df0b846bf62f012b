package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// editing is a verb that reads a workspace's IP filter, changes it, and saves it as made for the version that was read. Nobody
// else's change is lost: who was faster is told of, and nothing is saved.
type editing struct {
	use, short string
	args       cobra.PositionalArgs
	edit       func(c *cobra.Command, body *client.IPFilterBody, args []string) error
}

func (e editing) command() *cobra.Command {
	var reason string
	var force bool
	var within uint8
	c := &cobra.Command{Use: e.use, Short: e.short, Args: e.args, RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		ws, err := findWorkspace(c, api, args[0])
		if err != nil {
			return err
		}
		was, err := answer[client.IPFilter](api.GetIPFilter(c.Context(), ws.ID, &client.GetIPFilterParams{}))
		if err != nil {
			return err
		}
		body := bodyOf(was)
		if err := e.edit(c, &body, args[1:]); err != nil {
			return err
		}
		body.Reason, body.Force = optional(reason), &force
		if minutes := int64(within); within > 0 {
			body.ConfirmWithin = &minutes
		}
		saved, err := answer[client.SavedIPFilter](api.SetIPFilter(c.Context(), ws.ID, nil, body))
		if err != nil {
			return err
		}
		return show(c, saved, func(line func(...any)) {
			if saved.IPFilter.Version == was.Version {
				line("nothing was changed: it was so already")
				line()
			}
			showIPFilter(line, saved.IPFilter, memberNames(c, api, ws.Tenant))
			showTold(line, saved.Edges)
		})
	}}
	c.Flags().StringVar(&reason, "reason", "", "for those who read of it later, up to 200 characters")
	c.Flags().Uint8Var(&within, "confirm-within", 0, "try it: what was there before comes back unless `longhouse ip-filter confirm` keeps this within so many minutes, up to 60")
	c.Flags().BoolVar(&force, "force", false, "save it though it shuts you out, or everybody")
	return c
}

// showTold says where the filter is not in force yet: until it is, who comes that way is let in by the one before.
func showTold(line func(...any), told *client.EdgesTold) {
	if told == nil {
		line()
		line("it is saved, and it is not known how far it is in force")
		return
	}
	if len(told.Behind) == 0 {
		return
	}
	line()
	line("not in force yet at", "edge", "last heard of")
	for _, e := range told.Behind {
		line("", e.Name, when(e.LastHeard))
	}
}

// bodyOf is a filter as it is sent to be saved.
func bodyOf(f client.IPFilter) client.IPFilterBody {
	body := client.IPFilterBody{Version: f.Version, Open: f.Open, Rules: make([]client.IPRuleBody, 0, len(f.Rules)), Exceptions: exceptionsOf(f.Exceptions)}
	for _, r := range f.Rules {
		body.Rules = append(body.Rules, client.IPRuleBody{ID: &r.ID, Network: r.Network, Name: &r.Name, Owner: &r.Owner, Enabled: &r.Enabled, Until: r.Until})
	}
	return body
}

func switchIPFilterCommand(verb, short string, open bool) *cobra.Command {
	return editing{verb + " NAME", short, cobra.ExactArgs(1), func(_ *cobra.Command, body *client.IPFilterBody, _ []string) error {
		body.Open = open
		return nil
	}}.command()
}

func addIPRuleCommand() *cobra.Command {
	var rule client.IPRuleBody
	var name, owner, until string
	var disabled bool
	c := editing{"add NAME NETWORK", "Add a rule that lets a network in", cobra.ExactArgs(2), func(_ *cobra.Command, body *client.IPFilterBody, args []string) (err error) {
		enabled := !disabled
		rule.Network, rule.Name, rule.Owner, rule.Enabled = args[0], &name, &owner, &enabled
		if rule.Until, err = ending(until, time.Now()); err != nil {
			return err
		}
		body.Rules = append(body.Rules, rule)
		return nil
	}}.command()
	c.Flags().StringVar(&name, "name", "", "what it is, up to 64 characters")
	c.Flags().StringVar(&owner, "owner", "", "who it is for, or answers for it, up to 128 characters")
	c.Flags().StringVar(&until, "until", "", "when it ends by itself: "+endingForms)
	c.Flags().BoolVar(&disabled, "disabled", false, "let nobody in by it yet")
	return c
}

func removeIPRuleCommand() *cobra.Command {
	return editing{"remove NAME RULE", "Remove a rule, that is named by its id or its network", cobra.ExactArgs(2), func(_ *cobra.Command, body *client.IPFilterBody, args []string) error {
		network := args[0]
		if read, err := cidr.Parse(args[0]); err == nil {
			network = cidr.Show(read)
		}
		i := slices.IndexFunc(body.Rules, func(r client.IPRuleBody) bool { return *r.ID == args[0] || r.Network == network })
		if i < 0 {
			return fail(exitRefused, "Not Found", "the IP filter has no rule %q; `longhouse ip-filter show NAME` lists those that it has", args[0])
		}
		body.Rules = slices.Delete(body.Rules, i, i+1)
		return nil
	}}.command()
}

// endingForms is what ending reads.
const endingForms = "a day (2026-01-31), a time (2026-01-31T09:00:00Z), or in how long (36h, 7d)"

// ending reads when something ends: a day, at whose begin in UTC it does, a time, or how long from now. An empty text is never.
func ending(text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return &at, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 15); err == nil {
			at := now.AddDate(0, 0, int(n))
			return &at, nil
		}
	}
	if in, err := time.ParseDuration(text); err == nil && in > 0 {
		at := now.Add(in)
		return &at, nil
	}
	return nil, usage("--until %q is no time; allowed are %s", text, endingForms)
}
