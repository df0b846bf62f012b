package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func deliveriesCommand() *cobra.Command {
	var state string
	var most *uint32
	c := inTenant("deliveries WEBHOOK [DELIVERY]", "List what was sent to a webhook and waits, or show one message with its attempts", cobra.RangeArgs(1, 2),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			if len(args) == 2 {
				return showDelivery(c, api, tenant, args[0], args[1])
			}
			return history[client.Delivery]{
				page: func(cursor *string, limit *int32) ([]client.Delivery, string, error) {
					page, err := answer[client.ListDelivery](api.ListDeliveries(c.Context(), tenant, args[0],
						&client.ListDeliveriesParams{Cursor: cursor, Limit: limit, State: (*client.ListDeliveriesParamsState)(optional(state))}))
					return page.Items, page.NextCursor, err
				},
				head: []any{"ID", "AT", "EVENT", "STATE", "ATTEMPTS", "LAST"},
				row: func(d client.Delivery) []any {
					return []any{d.ID, when(d.CreatedAt), d.Event, d.State, d.Attempts, lastOf(d.LastAttempt)}
				},
			}.print(c, *most)
		})
	c.Flags().StringVar(&state, "state", "", "only those that are waiting, delivered, failed or replaced")
	most = limiting(c)
	return c
}

func lastOf(a *client.Attempt) string {
	switch {
	case a == nil:
		return "-"
	case a.Message == nil:
		return string(a.Outcome)
	}
	return string(a.Outcome) + ": " + *a.Message
}

func showDelivery(c *cobra.Command, api *connection, tenant, hook, delivery string) error {
	d, err := answer[client.DeliveryWithAttempts](api.GetDelivery(c.Context(), tenant, hook, delivery))
	if err != nil {
		return err
	}
	return show(c, d, func(line func(...any)) {
		line("id", d.ID)
		line("message", d.MessageID)
		line("event", d.Event)
		line("state", d.State)
		line("replays", orDash(d.ReplayOf))
		line("body", d.Body)
		for i := range d.AllAttempts {
			a := &d.AllAttempts[i]
			line("attempt", a.Number, when(a.At), lastOf(a), orDash(a.Answer))
		}
	})
}

func replayCommand() *cobra.Command {
	var since string
	c := inTenant("replay WEBHOOK [DELIVERY]", "Have one message sent again, or with --since everything since a time", cobra.RangeArgs(1, 2),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			switch {
			case (len(args) == 2) == (since != ""):
				return usage("say what to send again: a delivery's id, or --since a time")
			case len(args) == 2:
				d, err := answer[client.Delivery](api.ReplayDelivery(c.Context(), tenant, args[0], args[1], nil))
				if err != nil {
					return err
				}
				return show(c, d, func(line func(...any)) { line(d.ID, d.Event, d.State) })
			}
			at, err := bound("since", since, time.Now())
			if err != nil {
				return err
			}
			h, err := answer[client.Webhook](api.ReplayEvents(c.Context(), tenant, args[0], nil, client.ReplayBody{Since: *at}))
			if err != nil {
				return err
			}
			return show(c, h, func(line func(...any)) { line("sending everything since", when(*at)) })
		})
	c.Flags().StringVar(&since, "since", "", "everything since then: "+boundForms)
	return c
}

// testWithin is longer than a test takes, also when the worker that had the webhook was killed.
const testWithin = 60 * time.Second

func testWebhookCommand() *cobra.Command {
	return inTenant("test ID", "Send a message of no meaning and tell what came of it", cobra.ExactArgs(1),
		func(c *cobra.Command, api *connection, tenant string, args []string) error {
			begun, err := answer[client.Delivery](api.TestWebhook(c.Context(), tenant, args[0], nil))
			if err != nil {
				return err
			}
			d, err := awaitDelivery(c, api, tenant, args[0], begun.ID)
			if err != nil {
				return err
			}
			if err := show(c, d, func(line func(...any)) { line(d.ID, lastOf(d.LastAttempt)) }); err != nil {
				return err
			}
			if d.State != client.DeliveryWithAttemptsStateDelivered {
				return fail(exitRefused, "Not Acknowledged", "the receiver did not acknowledge the test; %s", lastOf(d.LastAttempt))
			}
			return nil
		})
}

func awaitDelivery(c *cobra.Command, api *connection, tenant, hook, delivery string) (client.DeliveryWithAttempts, error) {
	ctx, cancel := context.WithTimeout(c.Context(), testWithin)
	defer cancel()
	d, err := look(ctx, func() (client.DeliveryWithAttempts, error) {
		return answer[client.DeliveryWithAttempts](api.GetDelivery(ctx, tenant, hook, delivery))
	}, func(d client.DeliveryWithAttempts) bool { return d.State != client.DeliveryWithAttemptsStateWaiting })
	if ctx.Err() != nil {
		return d, fail(exitRefused, "Still Waiting", "the test was not sent within %s; `longhouse webhooks deliveries %s %s` tells when it was", testWithin, hook, delivery)
	}
	return d, err
}
