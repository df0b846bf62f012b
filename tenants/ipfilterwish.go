package tenants

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// How much a filter may hold. Lengths are in characters.
const (
	ipRulesAllowed = 1000
	ipRuleNameMost = 64
	ipRuleOwner    = 128
	ipReasonMost   = 200
)

// IPFilterChange is the whole filter as somebody wants it.
type IPFilterChange struct {
	Version int64 // on which it is based: it is refused when another one is in force by now
	Open    bool
	Rules   []IPRuleWish
	// Exceptions are all of them; nil: as they are, as whoever doesn't know of them wants.
	Exceptions []IPExceptionWish
	Reason     string
	// From is the address that saves it, which must not shut itself out. The zero value is one that isn't known.
	From  netip.Addr
	Force bool // save it though it shuts From out, or everybody
	// ConfirmWithin has the filter before come back when nobody confirms this one for so long; 0: it stays.
	ConfirmWithin time.Duration
}

// IPRuleWish is a rule as somebody wants it.
type IPRuleWish struct {
	// ID names the rule of the filter before that this one is; nil: the one of the same network, or else a new one.
	ID      *uuid.UUID
	Network string
	Name    string
	Owner   string
	Enabled bool
	Until   *time.Time
}

// rules are the wanted ones, each with the id that it had, or a new one.
func (c IPFilterChange) rules(was IPFilter, by string, now time.Time, newID func() uuid.UUID) ([]IPRule, error) {
	if err := checkRoom(len(c.Rules) - hours(was.Rules)); err != nil {
		return nil, err
	}
	known := map[uuid.UUID]IPRule{}
	for _, r := range was.Rules {
		known[r.ID] = r
	}
	rules := make([]IPRule, len(c.Rules))
	byID, byNetwork := map[uuid.UUID]int{}, map[netip.Prefix]int{}
	for i, wish := range c.Rules {
		rule, err := wish.read("rule", IPRuleField, i)
		if err != nil {
			return nil, err
		}
		if before, twice := byNetwork[rule.Network]; twice {
			return nil, refuse(Invalid, IPRuleField(i, "network"), "%s and %s are the same network, %s; leave one of them out", c.called(before), c.called(i), cidr.Show(rule.Network))
		}
		byNetwork[rule.Network] = i
		if wish.ID != nil {
			if _, there := known[*wish.ID]; !there {
				return nil, refuse(Invalid, IPRuleField(i, "id"), "%s has the id %s, which no rule of version %d has; leave the id of a new rule out", c.called(i), id.Show(id.IPRule, *wish.ID), was.Version)
			}
			if before, twice := byID[*wish.ID]; twice {
				return nil, refuse(Invalid, IPRuleField(i, "id"), "%s and %s have one id; leave out that of the new rule", c.called(before), c.called(i))
			}
			byID[*wish.ID] = i
			rule.ID = *wish.ID
		}
		rules[i] = rule
	}
	rules, err := settle(rules, was, byID, by, now, newID)
	if err != nil {
		return nil, err
	}
	return rules, checkRoom(len(rules) - hours(rules))
}

// checkRoom refuses more rules than a filter may have beside the hours of owners.
func checkRoom(n int) error {
	if n > ipRulesAllowed {
		return refuse(Invalid, "rules", "an IP filter may have %d rules, and this one has %d; leave some out, or write several networks as one", ipRulesAllowed, n)
	}
	return nil
}

// settle gives each rule that has no id its own: that of the rule of the same network, unless that is named as another's, or a new one.
func settle(rules []IPRule, was IPFilter, named map[uuid.UUID]int, by string, now time.Time, newID func() uuid.UUID) ([]IPRule, error) {
	known, free := map[uuid.UUID]IPRule{}, map[netip.Prefix]uuid.UUID{}
	for _, r := range was.Rules {
		known[r.ID] = r
		if _, taken := named[r.ID]; !taken {
			free[r.Network] = r.ID
		}
	}
	for i := range rules {
		r := &rules[i]
		if r.ID == uuid.Nil {
			r.ID = free[r.Network]
		}
		before, stays := known[r.ID]
		if r.AddedBy, r.AddedAt = before.AddedBy, before.AddedAt; !stays {
			r.ID, r.AddedBy, r.AddedAt = newID(), by, now
		}
		if r.Network == before.Network && sameTime(r.Until, before.Until) { // else it is a rule of whoever changed it
			r.Hour = before.Hour
		}
		ended := r.Until != nil && !r.Until.After(now)
		if asBefore := stays && before.Until != nil && ended && before.Until.Equal(*r.Until); ended && !asBefore {
			return nil, refuse(Invalid, IPRuleField(i, "until"), "rule %d (%s) ends at %s, which is past; allowed is a time to come, or none", i+1, cidr.Show(r.Network), shown(*r.Until))
		}
	}
	return rules, nil
}

// read reads what is wanted of the i-th rule, or of what else is called noun and has what a rule has.
func (w IPRuleWish) read(noun string, field func(int, string) string, i int) (rule IPRule, err error) {
	network, err := cidr.Parse(w.Network)
	if err != nil {
		return rule, refuse(Invalid, field(i, "network"), "%s %d: %s", noun, i+1, err)
	}
	rule = IPRule{Network: network, Enabled: w.Enabled, Until: w.Until}
	if rule.Name, err = checkRemark(field(i, "name"), fmt.Sprintf("the name of %s %d (%s)", noun, i+1, cidr.Show(network)), w.Name, ipRuleNameMost); err != nil {
		return rule, err
	}
	if rule.Owner, err = checkRemark(field(i, "owner"), fmt.Sprintf("the owner of %s %d (%s)", noun, i+1, cidr.Show(network)), w.Owner, ipRuleOwner); err != nil {
		return rule, err
	}
	if w.Until != nil {
		until := w.Until.UTC().Truncate(time.Microsecond)
		rule.Until = &until
	}
	return rule, nil
}

// called is how a refusal names a rule: by its place, and the name that it has.
func (c IPFilterChange) called(i int) string {
	if name := strings.TrimSpace(c.Rules[i].Name); name != "" {
		return fmt.Sprintf("rule %d (%s)", i+1, name)
	}
	return fmt.Sprintf("rule %d", i+1)
}

// IPRuleField is how refusals name a property of the i-th rule.
func IPRuleField(i int, property string) string { return fmt.Sprintf("rules[%d].%s", i, property) }

// checkRemark returns a line for people, which may be empty, without the space around it.
func checkRemark(field, what, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", refuse(Invalid, field, "%s holds a character that can't be shown; letters, digits, punctuation and spaces are allowed", what)
	case n > most:
		return "", refuse(Invalid, field, "%s has %d characters; at most %d are allowed", what, n, most)
	}
	return text, nil
}
