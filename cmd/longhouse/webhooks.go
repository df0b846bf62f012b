package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func webhooksCommand() *cobra.Command {
	return group("webhooks", "Webhooks: URLs that a tenant's events are sent to", listWebhooksCommand(), writing(addWebhookCommand()), showWebhookCommand(),
		writing(updateWebhookCommand()), writing(removeWebhookCommand()), writing(rotateWebhookCommand()), writing(testWebhookCommand()), deliveriesCommand(), writing(replayCommand()))
}

func listWebhooksCommand() *cobra.Command {
	return inTenant("list", "List webhooks", cobra.NoArgs, func(c *cobra.Command, api *connection, tenant string, _ []string) error {
		list, err := all(func(cursor *string, limit *int32) ([]client.Webhook, string, error) {
			page, err := answer[client.ListWebhook](api.ListWebhooks(c.Context(), tenant, &client.ListWebhooksParams{Cursor: cursor, Limit: limit}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("ID", "URL", "EVENTS", "STATE")
			for _, h := range list {
				line(h.ID, h.URL, eventsOf(h), stateOf(h))
			}
		})
	})
}

func eventsOf(h client.Webhook) string {
	if len(h.Events) == 0 {
		return "all"
	}
	return strings.Join(h.Events, ",")
}

// stateOf is how a webhook is, in a word or two.
func stateOf(h client.Webhook) string {
	switch {
	case !h.Enabled:
		return "disabled (" + orDash(h.DisabledReason) + ")"
	case h.FailingSince != nil:
		return "failing since " + when(*h.FailingSince)
	}
	return "enabled"
}

func addWebhookCommand() *cobra.Command {
	var events []string
	var description string
	var disabled bool
	c := inTenant("add URL", "Have events sent to a URL; the secret that signs them is shown this once", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			enabled := !disabled
			made, err := answer[client.CreatedWebhook](api.CreateWebhook(c.Context(), tenant, nil, client.WebhookBody{URL: args[0], Events: &events, Description: &description, Enabled: &enabled}))
			if err != nil {
				return err
			}
			return showOnce(c, made, made.Secret, "`longhouse webhooks rotate-secret "+made.Webhook.ID+"` gives it another", made.Webhook.ID)
		})
	c.Flags().StringSliceVar(&events, "event", nil, "an event's name, or noun.* for all of a noun (default: all)")
	c.Flags().StringVar(&description, "description", "", "to know it by")
	c.Flags().BoolVar(&disabled, "disabled", false, "send nothing yet")
	return c
}

func showWebhookCommand() *cobra.Command {
	return inTenant("show ID", "Show a webhook", cobra.ExactArgs(1), func(c *cobra.Command, api *connection, tenant string, args []string) error {
		h, err := answer[client.Webhook](api.GetWebhook(c.Context(), tenant, args[0]))
		if err != nil {
			return err
		}
		return show(c, h, func(line func(...any)) { showWebhook(line, h) })
	})
}

func showWebhook(line func(...any), h client.Webhook) {
	line("id", h.ID)
	line("url", h.URL)
	line("description", orDash(&h.Description))
	line("events", eventsOf(h))
	line("state", stateOf(h))
	if h.RetryAt != nil {
		line("tried again", when(*h.RetryAt))
	}
	if h.OldSecretUntil != nil {
		line("old secret signs until", when(*h.OldSecretUntil))
	}
	line("created", when(h.CreatedAt))
}

func updateWebhookCommand() *cobra.Command {
	var url, description string
	var events []string
	var allEvents, enable, disable bool
	c := inTenant("update ID", "Change a webhook; one that is enabled again goes on where it stopped", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			var change client.WebhookChange
			if c.Flags().Changed("url") {
				change.URL = &url
			}
			if c.Flags().Changed("description") {
				change.Description = &description
			}
			if c.Flags().Changed("event") || allEvents {
				change.Events = &events
			}
			if enable || disable {
				change.Enabled = &enable
			}
			switch {
			case change == (client.WebhookChange{}):
				return usage("say what shall be different; see `longhouse webhooks update --help`")
			case enable && disable, c.Flags().Changed("event") && allEvents:
				return usage("--enable and --disable exclude each other, and so do --event and --all-events")
			}
			h, err := answer[client.Webhook](api.UpdateWebhook(c.Context(), tenant, args[0], nil, change))
			if err != nil {
				return err
			}
			return show(c, h, func(line func(...any)) { showWebhook(line, h) })
		})
	c.Flags().StringVar(&url, "url", "", "another URL")
	c.Flags().StringVar(&description, "description", "", "another description")
	c.Flags().StringSliceVar(&events, "event", []string{}, "other events: names, or noun.*")
	c.Flags().BoolVar(&allEvents, "all-events", false, "all events")
	c.Flags().BoolVar(&enable, "enable", false, "send again")
	c.Flags().BoolVar(&disable, "disable", false, "send nothing for now")
	return c
}

func removeWebhookCommand() *cobra.Command {
	return inTenant("remove ID", "Remove a webhook and its log", cobra.ExactArgs(1), func(c *cobra.Command, api *connection, tenant string, args []string) error {
		if _, err := answer[struct{}](api.RemoveWebhook(c.Context(), tenant, args[0], nil)); err != nil {
			return err
		}
		return show(c, map[string]string{"removed": args[0]}, func(line func(...any)) { line("removed", args[0]) })
	})
}

func rotateWebhookCommand() *cobra.Command {
	var overlap time.Duration
	c := inTenant("rotate-secret ID", "Give a webhook another secret, which is shown this once", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			if overlap%time.Hour != 0 {
				return usage("--overlap is %s; it must be whole hours, as in 24h", overlap)
			}
			hours := int64(overlap / time.Hour)
			made, err := answer[client.CreatedWebhook](api.RotateWebhookSecret(c.Context(), tenant, args[0], nil, client.RotateBody{OverlapHours: &hours}))
			if err != nil {
				return err
			}
			return showOnce(c, made, made.Secret, "rotate it once more")
		})
	c.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the secret before signs, too; up to 168h")
	return c
}
