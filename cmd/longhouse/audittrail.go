package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// trail is what of which audit trail is wanted, as it was typed.
type trail struct {
	tenant                               string
	operators                            bool
	action, actor, subject, since, until string
	requests                             bool
	most                                 *uint32
}

func listAuditCommand() *cobra.Command {
	var t trail
	c := &cobra.Command{Use: "list", Short: "List events by their places, the last first", Args: cobra.NoArgs}
	ofTenant(c, &t.tenant, &t.operators)
	c.Flags().StringVar(&t.action, "action", "", "only those of this action, as in workspace.create")
	c.Flags().StringVar(&t.actor, "actor", "", "only what this principal did: the e-mail address of who is or was a member, per_..., tok_..., opr_... or system")
	c.Flags().StringVar(&t.subject, "subject", "", "only what was done to this: the slug of a workspace, also of a deleted one, or any id")
	c.Flags().StringVar(&t.since, "since", "", "only from then on: "+boundForms)
	c.Flags().StringVar(&t.until, "until", "", "only before then")
	c.Flags().BoolVar(&t.requests, "requests", false, "show by which request each was asked for")
	t.most = limiting(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return listAudit(c, t) }
	return c
}

func listAudit(c *cobra.Command, t trail) error {
	asked := client.ListAuditEventsParams{Action: optional(t.action)}
	var err error
	if asked.Since, err = bound("since", t.since, time.Now()); err != nil {
		return err
	}
	if asked.Until, err = bound("until", t.until, time.Now()); err != nil {
		return err
	}
	api, err := connect()
	if err != nil {
		return err
	}
	if !t.operators {
		if t.tenant, err = findTenant(c, api, t.tenant); err != nil {
			return err
		}
	}
	if err := t.name(c, api, &asked); err != nil {
		return err
	}
	var names map[string]string
	return history[client.AuditEvent]{
		page: func(cursor *string, limit *int32) ([]client.AuditEvent, string, error) {
			asked.Cursor, asked.Limit = cursor, limit
			if t.operators {
				own := client.ListOperatorAuditEventsParams(asked)
				page, err := answer[client.ListAuditEvent](api.ListOperatorAuditEvents(c.Context(), &own))
				return page.Items, page.NextCursor, err
			}
			page, err := answer[client.ListAuditEvent](api.ListAuditEvents(c.Context(), t.tenant, &asked))
			return page.Items, page.NextCursor, err
		},
		head: t.head(),
		row: func(e client.AuditEvent) []any {
			if names == nil {
				names = t.names(c, api)
			}
			return t.row(e, names)
		},
	}.print(c, *t.most)
}

// detailsMost is how much of the details a line tells; JSON has all.
const detailsMost = 60

func (t trail) head() []any {
	head := []any{"PLACE", "AT", "ACTOR", "ACTION", "SUBJECT", "DETAILS"}
	if t.requests {
		head = append(head, "REQUEST")
	}
	return head
}

func (t trail) row(e client.AuditEvent, names map[string]string) []any {
	named := func(id string) string { return cmp.Or(names[id], id) }
	details := []rune(detailsOf(e.Details))
	if len(details) > detailsMost {
		details = append(details[:detailsMost], []rune("...")...)
	}
	cells := []any{place(e), when(e.At), named(e.Actor), e.Action, named(e.Subject), string(details)}
	if t.requests {
		cells = append(cells, orDash(e.RequestID))
	}
	return cells
}

// names are what people call members and workspaces by. Who may not see those reads ids.
func (t trail) names(c *cobra.Command, api *connection) map[string]string {
	if t.operators {
		return map[string]string{}
	}
	names := memberNames(c, api, t.tenant)
	also := true
	workspaces, _ := all(func(cursor *string, limit *int32) ([]client.Workspace, string, error) {
		page, err := answer[client.ListWorkspace](api.ListWorkspaces(c.Context(), &client.ListWorkspacesParams{Cursor: cursor, Limit: limit, Deleted: &also}))
		return page.Items, page.NextCursor, err
	})
	for _, ws := range workspaces {
		names[ws.ID] = ws.Slug
	}
	return names
}

func place(e client.AuditEvent) string {
	if e.Seq == nil {
		return "-" // for half a second
	}
	return strconv.FormatInt(*e.Seq, 10)
}

// name puts ids for what people call by names.
func (t trail) name(c *cobra.Command, api *connection, asked *client.ListAuditEventsParams) error {
	asked.Actor, asked.Subject = optional(t.actor), optional(t.subject)
	if t.subject != "" && !strings.Contains(t.subject, "_") {
		ws, err := findDeleted(c, api, t.subject)
		if err != nil {
			return err
		}
		asked.Subject = &ws
	}
	return nil
}

// boundForms is what bound reads.
const boundForms = "a day (2026-01-31), a time (2026-01-31T09:00:00Z), or how long ago (36h, 7d)"

// bound reads a time from a flag: a day, which begins at midnight UTC, a time, or how long before now. An empty text is none.
func bound(flag, text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return &at, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return &at, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 15); err == nil {
			at := now.AddDate(0, 0, -int(n))
			return &at, nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		at := now.Add(-ago)
		return &at, nil
	}
	return nil, usage("--%s %q is no time; allowed are %s", flag, text, boundForms)
}
