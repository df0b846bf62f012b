package maintenance

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/tenants"
)

// Nobody fills our tables with what stands in a zone of theirs.
const (
	foundMost = 8   // records that are told of one kind
	foundLong = 200 // bytes of one
)

// look finds out how a domain stands. It decides nothing.
func (d Domains) look(ctx context.Context, domain tenants.Domain) tenants.DomainSeen {
	var seen tenants.DomainSeen
	d.lookForProof(ctx, domain, &seen)
	d.lookForWay(ctx, domain, &seen)
	// Before the domain is held, edges know nothing of it.
	if seen.Proof == tenants.FoundRight && seen.Way == tenants.FoundRight && (domain.State.Held() || d.Edge.Address == "") {
		seen.Certificate = tenants.FoundRight
		if err := d.Edge.Shake(ctx, domain.Name); err != nil {
			seen.Certificate, seen.Trouble = tenants.FoundWrong, cut(err.Error())
		}
	}
	return seen
}

func (d Domains) lookForProof(ctx context.Context, domain tenants.Domain, seen *tenants.DomainSeen) {
	name := domain.ChallengeName()
	seen.Expected = append(seen.Expected, fmt.Sprintf("TXT %s is %s", name, domain.Token))
	texts, err := d.Names.TXT(ctx, name)
	switch {
	case err != nil:
		seen.Proof = tenants.FoundNothing
	case slices.Contains(texts, domain.Token):
		seen.Proof, texts = tenants.FoundRight, []string{domain.Token}
	default:
		seen.Proof = tenants.FoundWrong
	}
	seen.Found = append(seen.Found, tell("TXT "+name, texts, err))
}

// lookForWay takes a domain to lead here that is an alias of the workspace's host, or has no address but those of the host.
func (d Domains) lookForWay(ctx context.Context, domain tenants.Domain, seen *tenants.DomainSeen) {
	expected := fmt.Sprintf("CNAME %s is %s", domain.Name, domain.Target)
	aliases, err := d.Names.Aliases(ctx, domain.Name)
	if err == nil && slices.Contains(aliases, domain.Target) {
		seen.Way = tenants.FoundRight
		seen.Expected, seen.Found = append(seen.Expected, expected), append(seen.Found, tell("CNAME "+domain.Name, aliases, nil))
		return
	}
	has, errHas := d.Names.Addresses(ctx, domain.Name)
	wanted, errWanted := d.Names.Addresses(ctx, domain.Target)
	switch {
	case err != nil || errHas != nil || errWanted != nil || len(wanted) == 0:
		seen.Way = tenants.FoundNothing
	case len(has) > 0 && !slices.ContainsFunc(has, func(a netip.Addr) bool { return !slices.Contains(wanted, a) }):
		seen.Way = tenants.FoundRight
	default:
		seen.Way = tenants.FoundWrong
	}
	if domain.Apex() {
		expected = "the name leads to " + domain.Target
	}
	seen.Expected = append(seen.Expected, expected, tell("or addresses of "+domain.Target+" only", shown(wanted), errWanted))
	if len(aliases) > 0 || err != nil {
		seen.Found = append(seen.Found, tell("CNAME "+domain.Name, aliases, err))
	}
	seen.Found = append(seen.Found, tell("addresses of "+domain.Name, shown(has), errHas))
}

func shown(addresses []netip.Addr) (texts []string) {
	for _, a := range addresses {
		texts = append(texts, a.String())
	}
	slices.Sort(texts)
	return texts
}

// tell says what was found of one kind.
func tell(what string, found []string, err error) string {
	switch {
	case err != nil:
		return what + ": nobody could say (" + cut(err.Error()) + ")"
	case len(found) == 0:
		return what + ": none"
	}
	rest := ""
	if len(found) > foundMost {
		found, rest = found[:foundMost], fmt.Sprintf(" and %d more", len(found)-foundMost)
	}
	texts := make([]string, 0, len(found))
	for _, text := range found {
		texts = append(texts, cut(text))
	}
	return what + ": " + strings.Join(texts, ", ") + rest
}

// cut leaves nothing that a database or a terminal can't take.
func cut(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > foundLong {
		return strings.ToValidUTF8(text[:foundLong], "") + "..."
	}
	return text
}
