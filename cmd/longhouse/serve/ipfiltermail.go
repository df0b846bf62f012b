package serve

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/tenants"
)

// mailedMost is how many rules a mail names of each kind.
const mailedMost = 50

// tellOfIPFilter mails a person that a workspace may be reached from elsewhere.
func (c *control) tellOfIPFilter(ctx context.Context, id uuid.UUID) error {
	return tell(ctx, c, id, c.store.IPFilterMail, aboutIPFilter, c.store.ForgetIPFilterMail)
}

func aboutIPFilter(m tenants.IPFilterMail) mail.Message {
	var text strings.Builder
	fmt.Fprintf(&text, "%s has set another IP filter for the workspace %s of %s, %s, on %s UTC.\n", m.By, m.Workspace.Name, m.Tenant, m.Host,
		m.Filter.ChangedAt.UTC().Format("Monday, 2 January 2006, 15:04"))
	if m.Filter.Reason != "" {
		fmt.Fprintf(&text, "The reason: %s\n", m.Filter.Reason)
	}
	tellOfGlass(&text, m)
	state := map[bool]string{true: "open: everybody is let in, whatever the rules say", false: "closed: nobody is let in whom no enabled rule names"}[m.Filter.Open]
	still := map[bool]string{true: "now", false: "still"}[m.Changes.Switched]
	fmt.Fprintf(&text, "\nIt is %s %s.\n", still, state)
	if m.Filter.Forced {
		text.WriteString("It was forced: it did not let in the address from which it was saved.\n")
	}
	if t := m.Filter.Trial; t != nil {
		fmt.Fprintf(&text, "It is on trial: it goes at %s UTC, and what was there before comes back, unless somebody whom it lets in confirms it:\n\n  longhouse ip-filter confirm %s\n",
			t.EndsAt.UTC().Format("15:04"), m.Workspace.Slug)
	}
	listRules(&text, "Added", m.Changes.Added)
	listRules(&text, "Removed", m.Changes.Removed)
	var was, is []tenants.IPRule
	for _, c := range m.Changes.Changed {
		was, is = append(was, c.Was), append(is, c.Is)
	}
	listRules(&text, "Changed, from", was)
	listRules(&text, "to", is)
	listExceptions(&text, m.Changes.Exceptions)
	fmt.Fprintf(&text, "\nWho did not expect this looks at who set what:\n\n  longhouse ip-filter history %s\n  longhouse ip-filter show %s --version %d\n",
		m.Workspace.Slug, m.Workspace.Slug, m.Filter.Version)
	return mail.Message{To: m.To, Subject: fmt.Sprintf("The IP filter of %s was changed", m.Host), Text: text.String()}
}

// tellOfGlass says that an owner has let themselves in, and how that is ended.
func tellOfGlass(text *strings.Builder, m tenants.IPFilterMail) {
	for _, r := range m.Changes.Added {
		if r.Hour != nil {
			network := cidr.Show(r.Network)
			fmt.Fprintf(text, "This is break-glass: an owner was shut out, and has let in the address that they came from, %s, until %s UTC.\nIf it was not them, end that:\n\n  longhouse ip-filter remove %s %s\n",
				network, r.Until.UTC().Format("15:04"), m.Workspace.Slug, network)
		}
	}
}

func listRules(text *strings.Builder, what string, rules []tenants.IPRule) {
	if len(rules) == 0 {
		return
	}
	fmt.Fprintf(text, "\n%s:\n", what)
	for i, r := range rules {
		if i == mailedMost {
			fmt.Fprintf(text, "  and %d more\n", len(rules)-i)
			return
		}
		fmt.Fprintf(text, "  %s\n", sayRule(r))
	}
}

// listExceptions tells for what somebody is let in whom no rule names, or no longer is.
func listExceptions(text *strings.Builder, d tenants.IPExceptionDiff) {
	for _, kind := range []struct {
		what string
		list []tenants.IPException
	}{{"Exceptions added", d.Added}, {"Exceptions removed", d.Removed}, {"Exceptions changed", d.Changed}} {
		if len(kind.list) == 0 {
			continue
		}
		fmt.Fprintf(text, "\n%s:\n", kind.what)
		for _, e := range kind.list { // a hundred at the most
			purpose := map[tenants.IPPurpose]string{tenants.IncomingWebhook: "incoming webhooks", tenants.SCIM: "SCIM"}[e.For]
			said := sayRule(tenants.IPRule{Network: e.Network, Name: e.Name, Owner: e.Owner, Until: e.Until, Enabled: e.Enabled})
			fmt.Fprintf(text, "  for %s by %d tokens, from %s\n", purpose, len(e.Tokens), said)
		}
	}
}

// sayRule tells a rule on one line.
func sayRule(r tenants.IPRule) string {
	said := []string{cidr.Show(r.Network)}
	if r.Name != "" {
		said = append(said, r.Name)
	}
	if r.Owner != "" {
		said = append(said, "for "+r.Owner)
	}
	if r.Until != nil {
		said = append(said, "until "+r.Until.UTC().Format("2 January 2006, 15:04")+" UTC")
	}
	if !r.Enabled {
		said = append(said, "disabled")
	}
	return strings.Join(said, ", ")
}
