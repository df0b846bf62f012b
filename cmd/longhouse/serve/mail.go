package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/tenants"
)

// sender is whom mail comes from.
const sender = "no-reply@"

func (c *control) mail(ctx context.Context, m mail.Message) error {
	return mail.Sender{Addr: c.settings.SMTP, From: "Longhouse <" + sender + c.settings.BaseDomain + ">"}.Send(ctx, m)
}

// tell sends a mail that waits, unless nobody needs it any more, and forgets it then. One that is sent and not forgotten is sent again.
func tell[News any](ctx context.Context, c *control, id uuid.UUID, read func(context.Context, uuid.UUID) (*News, error), about func(News) mail.Message,
	forget func(context.Context, uuid.UUID) error) error {
	news, err := read(ctx, id)
	if err != nil {
		return err
	}
	if news != nil {
		if err := c.mail(ctx, about(*news)); err != nil {
			return err
		}
	}
	return forget(ctx, id)
}

// confirm mails a person the link that confirms the address.
func (c *control) confirm(ctx context.Context, person uuid.UUID) error {
	p, secret, err := c.store.NewConfirmation(ctx, person)
	if err != nil || secret == "" {
		return err
	}
	return c.mail(ctx, mail.Message{
		To: p.Email, Subject: "Confirm your e-mail address",
		Text: "Somebody, hopefully you, signed up for Longhouse with this e-mail address.\n\n" +
			"To confirm that it is yours, open this link within a day:\n\n" +
			c.settings.APIURL() + "/confirm#token=" + secret + "\n\n" +
			"Your workspace works meanwhile. If it was not you, ignore this mail.\n",
	})
}

// warn mails a person that a webhook was given up.
func (c *control) warn(ctx context.Context, warning uuid.UUID) error {
	return tell(ctx, c, warning, c.store.WebhookWarning, givenUp, c.store.ForgetWebhookWarning)
}

func givenUp(w tenants.WebhookWarning) mail.Message {
	why := "It acknowledged nothing since " + w.FailingSince.UTC().Format(time.RFC1123) + "."
	if w.Webhook.Disabled == tenants.DisabledGone {
		why = "It answered that it is gone for good (410)."
	}
	hook := id.Show(id.Webhook, w.Webhook.ID)
	return mail.Message{
		To: w.To, Subject: "A webhook was given up",
		Text: fmt.Sprintf("Longhouse sends the events of %s no longer to the webhook %s at %s.\n\n%s\n\n", w.Tenant, hook, w.Host, why) +
			"What was sent, and what was answered:\n\n  longhouse webhooks deliveries " + hook + "\n\n" +
			"Once the receiver is well, this sends what it missed, as far as that is at most 30 days old:\n\n  longhouse webhooks update " + hook + " --enable\n",
	}
}
