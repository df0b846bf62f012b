package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

const (
	dryRunFlag = "dry-run"
	planType   = "application/vnd.longhouse.plan+json"
)

// writing marks a verb that changes something over the API: it can be rehearsed.
func writing(c *cobra.Command) *cobra.Command {
	c.Flags().Bool(dryRunFlag, false, "check everything and say what would be done, but do nothing")
	return c
}

type dryRunKey struct{}

// noteDryRun lets the requests of a verb be rehearsals where that is wanted.
func noteDryRun(c *cobra.Command) {
	if wanted, err := c.Flags().GetBool(dryRunFlag); err == nil && wanted {
		c.SetContext(context.WithValue(c.Context(), dryRunKey{}, true))
	}
}

func isDryRun(ctx context.Context) bool { return ctx.Value(dryRunKey{}) != nil }

// rehearse makes a write that is sent under a dry run ask for its plan.
func rehearse(ctx context.Context, r *http.Request) error {
	if r.Method != http.MethodGet && isDryRun(ctx) {
		query := r.URL.Query()
		query.Set("dry_run", "true")
		r.URL.RawQuery = query.Encode()
	}
	return nil
}

// planned ends a verb whose first write was rehearsed: what would come after it needs what it would have made.
type planned struct{ plan client.Plan }

// Error implements error.
func (p *planned) Error() string { return p.plan.Sentence }

func (p *planned) show(c *cobra.Command) error {
	return show(c, p.plan, func(line func(...any)) {
		line(p.plan.Sentence)
		for _, change := range p.plan.Changes {
			details := map[string]string{}
			if change.Details != nil {
				details = *change.Details
			}
			line("  "+change.Action, change.Subject, detailsOf(details))
		}
		for _, op := range p.plan.Operations {
			line("  then "+op.Kind, strings.Join(op.Steps, ", "))
		}
	})
}

// detailsOf tells details in the order of their names.
func detailsOf(details map[string]string) string {
	told := make([]string, 0, len(details))
	for _, name := range slices.Sorted(maps.Keys(details)) {
		told = append(told, name+"="+details[name])
	}
	return strings.Join(told, ", ")
}
