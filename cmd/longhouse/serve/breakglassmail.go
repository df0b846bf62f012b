package serve

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/tenants"
)

// answerGlass finds out whom somebody means who asked for break-glass links by an e-mail address.
func (c *control) answerGlass(ctx context.Context, wish uuid.UUID) error {
	n, err := c.store.AnswerBreakGlass(ctx, wish)
	if n > 0 {
		c.log.Info("break-glass links were asked for by an e-mail address", "links", n)
	}
	return err
}

// mailGlassLink mails an owner a link by which they get back in.
func (c *control) mailGlassLink(ctx context.Context, link uuid.UUID) error {
	m, err := c.store.NewBreakGlassLink(ctx, link)
	if m == nil || err != nil {
		return err
	}
	return c.mail(ctx, aboutGlassLink(*m, c.settings.APIURL()+"/break-glass#token="+m.Secret))
}

// mailGlassCode mails an owner the code that a link takes.
func (c *control) mailGlassCode(ctx context.Context, link uuid.UUID) error {
	m, err := c.store.NewBreakGlassCode(ctx, link)
	if m == nil || err != nil {
		return err
	}
	return c.mail(ctx, aboutGlassCode(*m))
}

func aboutGlassLink(m tenants.BreakGlassMail, url string) mail.Message {
	var text strings.Builder
	who := "You have asked for"
	if m.ByEmail {
		who = "Somebody who knows your e-mail address, hopefully you, asked for"
	}
	fmt.Fprintf(&text, "%s a way back in to the workspace %s of %s, %s, whose IP filter shuts you out.\n", who, m.Workspace.Name, m.Tenant, m.Host)
	fmt.Fprintf(&text, "That was at %s UTC%s.\n", m.AskedAt.UTC().Format("15:04 on 2 January 2006"), sayFrom(m.AskedFrom))
	if m.Reason != "" {
		fmt.Fprintf(&text, "The reason: %s\n", m.Reason)
	}
	fmt.Fprintf(&text, "\nOpen this link where you want to be let in, until %s UTC. It says what it will do, and does nothing yet:\n\n%s\n\n", m.EndsAt.UTC().Format("15:04"), url)
	text.WriteString("It lets in the address that you come from, for an hour and nobody else, once you have typed a code that is mailed to you then. All owners,\nadmins and security are told.\n\n" +
		"If it was not you, ignore this mail, and give the link to nobody.\n")
	return mail.Message{To: m.To, Subject: fmt.Sprintf("A way back in to %s", m.Host), Text: text.String()}
}

func sayFrom(address string) string {
	if address == "" {
		return ""
	}
	return ", from " + address
}

func aboutGlassCode(m tenants.BreakGlassMail) mail.Message {
	half := len(m.Secret) / 2
	return mail.Message{To: m.To, Subject: fmt.Sprintf("The code to get back in to %s", m.Host),
		Text: fmt.Sprintf("The code is %s %s, and is good until %s UTC, for the link that was mailed to you.\n\n", m.Secret[:half], m.Secret[half:], m.EndsAt.UTC().Format("15:04")) +
			"Type it where you have opened the link, and tell it to nobody: none of us asks for it.\n\n" +
			"If you have not asked for it, somebody else has your link: do not answer, and look at who asked:\n\n" +
			"  longhouse audit list --action workspace.mail_break_glass_code\n"}
}
