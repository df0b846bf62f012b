package serve

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/tenants"
)

// tellOfDomain mails a person how a domain stands.
func (c *control) tellOfDomain(ctx context.Context, id uuid.UUID) error {
	return tell(ctx, c, id, c.store.DomainMail, aboutDomain, c.store.ForgetDomainMail)
}

var domainSubjects = map[tenants.DomainNews]string{
	tenants.DomainServes: "%s is in service", tenants.DomainFails: "The DNS records of %s are wrong",
	tenants.DomainStillFails: "The DNS records of %s are still wrong", tenants.DomainWentOut: "%s was taken out of service",
}

func aboutDomain(m tenants.DomainMail) mail.Message {
	var text strings.Builder
	d := m.Domain
	switch m.News {
	case tenants.DomainServes:
		fmt.Fprintf(&text, "The workspace %s of %s is reached by %s now, and by %s as before.\n\nLeave its DNS records as they are, the TXT record too: they are looked at every day.\n",
			m.Workspace, m.Tenant, d.Name, d.Target)
	case tenants.DomainFails, tenants.DomainStillFails:
		fmt.Fprintf(&text, "The workspace %s of %s is reached by %s, but the DNS records of this domain are not what they were when it came into service.\n", m.Workspace, m.Tenant, d.Name)
		if d.Primary {
			text.WriteString("Browsers are not sent there any more until they are.\n")
		}
		fmt.Fprintf(&text, "Unless they become right again it is taken out of service%s. The workspace itself goes on at %s.\n", lapse(d), d.Target)
	case tenants.DomainWentOut:
		fmt.Fprintf(&text, "The DNS records of %s were wrong for too long: the workspace %s of %s is not served there any more. It goes on at %s.\n\nThe domain comes back by itself as soon as the records are right, unless another workspace has it by then.\n",
			d.Name, m.Workspace, m.Tenant, d.Target)
	}
	if m.News != tenants.DomainServes {
		way := "CNAME " + d.Name + "  " + d.Target
		if d.Apex() {
			way = "A or AAAA " + d.Name + "  the addresses of " + d.Target
		}
		fmt.Fprintf(&text, "\nThey have to be:\n\n  TXT %s  %s\n  %s\n", d.ChallengeName(), d.Token, way)
	}
	fmt.Fprintf(&text, "\nWhat was found is told by\n\n  longhouse domains show %s %s\n", m.Slug, d.Name)
	return mail.Message{To: m.To, Subject: fmt.Sprintf(domainSubjects[m.News], d.Name), Text: text.String()}
}

func lapse(d tenants.Domain) string {
	if at := d.LapsesAt(); at != nil {
		return " on " + at.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC"
	}
	return ""
}
