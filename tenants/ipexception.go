package tenants

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// IPPurpose is what an exception of an IP filter lets its network in for.
type IPPurpose string

// The purposes. Whatever else its network asks for, the rules decide.
const (
	// IncomingWebhook: to post by an incoming webhook of the workspace, whose id is the token.
	IncomingWebhook IPPurpose = "incoming_webhook"
	// SCIM: to provision users by SCIM 2.0, with a bearer token.
	SCIM IPPurpose = "scim"
)

// IPPurposes lists all of them.
var IPPurposes = []IPPurpose{IncomingWebhook, SCIM}

// How many exceptions a filter may have, and tokens one of them.
const (
	ipExceptionsAllowed = 100
	ipTokensAllowed     = 100
)

var tokenHashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IPException lets one network in for one purpose, with one of these tokens. Purpose and network are what it is known by.
type IPException struct {
	For     IPPurpose    `json:"for"`
	Network netip.Prefix `json:"network"`
	Tokens  []string     `json:"tokens"` // SHA-256 in hexadecimal, in order: what opens something is not kept here
	Name    string       `json:"name"`
	Owner   string       `json:"owner"`
	Enabled bool         `json:"enabled"`
	Until   *time.Time   `json:"until"`
	AddedBy string       `json:"added_by"`
	AddedAt time.Time    `json:"added_at"`
}

// IPExceptionWish is an exception as somebody wants it.
type IPExceptionWish struct {
	For     IPPurpose
	Tokens  []string
	Network string
	Name    string
	Owner   string
	Enabled bool
	Until   *time.Time
}

type exceptionKey struct {
	purpose IPPurpose
	network netip.Prefix
}

func (e IPException) key() exceptionKey { return exceptionKey{e.For, e.Network} }

func (e IPException) same(as IPException) bool {
	return e.key() == as.key() && slices.Equal(e.Tokens, as.Tokens) && e.Name == as.Name && e.Owner == as.Owner && e.Enabled == as.Enabled && sameTime(e.Until, as.Until)
}

// exceptions are the wanted ones. Where nothing was said of them, they stay as they are.
func (c IPFilterChange) exceptions(was IPFilter, by string, now time.Time) ([]IPException, error) {
	if c.Exceptions == nil {
		return was.Exceptions, nil
	}
	if n := len(c.Exceptions); n > ipExceptionsAllowed {
		return nil, refuse(Invalid, "exceptions", "an IP filter may have %d exceptions, and this one has %d; leave some out", ipExceptionsAllowed, n)
	}
	known, at := map[exceptionKey]IPException{}, map[exceptionKey]int{}
	for _, e := range was.Exceptions {
		known[e.key()] = e
	}
	list := make([]IPException, len(c.Exceptions))
	for i, wish := range c.Exceptions {
		e, err := wish.exception(i)
		if err != nil {
			return nil, err
		}
		if before, twice := at[e.key()]; twice {
			return nil, refuse(Invalid, IPExceptionField(i, "network"), "exceptions %d and %d are both for %s from %s; make one of them", before+1, i+1, e.For, cidr.Show(e.Network))
		}
		at[e.key()] = i
		before, stays := known[e.key()]
		if e.AddedBy, e.AddedAt = before.AddedBy, before.AddedAt; !stays {
			e.AddedBy, e.AddedAt = by, now
		}
		if ended := e.Until != nil && !e.Until.After(now); ended && !(stays && sameTime(e.Until, before.Until)) {
			return nil, refuse(Invalid, IPExceptionField(i, "until"), "exception %d (%s) ends at %s, which is past; allowed is a time to come, or none", i+1, cidr.Show(e.Network), shown(*e.Until))
		}
		list[i] = e
	}
	return list, nil
}

// exception reads what is wanted of the i-th.
func (w IPExceptionWish) exception(i int) (e IPException, err error) {
	rule, err := IPRuleWish{Network: w.Network, Name: w.Name, Owner: w.Owner, Enabled: w.Enabled, Until: w.Until}.read("exception", IPExceptionField, i)
	if err != nil {
		return e, err
	}
	e = IPException{For: w.For, Network: rule.Network, Name: rule.Name, Owner: rule.Owner, Enabled: rule.Enabled, Until: rule.Until}
	if !slices.Contains(IPPurposes, w.For) {
		return e, refuse(Invalid, IPExceptionField(i, "for"), "exception %d is for %.40q; allowed are %s", i+1, w.For, strings.Join(texts(IPPurposes), " and "))
	}
	if n := len(w.Tokens); n == 0 || n > ipTokensAllowed {
		return e, refuse(Invalid, IPExceptionField(i, "tokens"), "exception %d has %d tokens; allowed are 1 to %d", i+1, n, ipTokensAllowed)
	}
	for _, token := range w.Tokens {
		if !tokenHashForm.MatchString(token) { // which may be the token itself, and is not repeated
			return e, refuse(Invalid, IPExceptionField(i, "tokens"), "a token of exception %d is not a SHA-256 in 64 lower-case hexadecimal digits; the token itself is not sent", i+1)
		}
	}
	e.Tokens = slices.Compact(slices.Sorted(slices.Values(w.Tokens)))
	return e, nil
}

// IPExceptionField is how refusals name a property of the i-th exception.
func IPExceptionField(i int, property string) string {
	return fmt.Sprintf("exceptions[%d].%s", i, property)
}

// IPExceptionDiff is what a version of a filter changed of its exceptions.
type IPExceptionDiff struct{ Added, Removed, Changed []IPException }

func exceptionsSince(is, was []IPException) (d IPExceptionDiff) {
	before := map[exceptionKey]IPException{}
	for _, e := range was {
		before[e.key()] = e
	}
	for _, e := range is {
		old, stays := before[e.key()]
		delete(before, e.key())
		switch {
		case !stays:
			d.Added = append(d.Added, e)
		case !e.same(old):
			d.Changed = append(d.Changed, e)
		}
	}
	for _, e := range was {
		if _, gone := before[e.key()]; gone {
			d.Removed = append(d.Removed, e)
		}
	}
	return d
}

func (d IPExceptionDiff) nothing() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// purposesOf lists exceptions as the audit trail tells them.
func purposesOf(list []IPException) string {
	told := make([]string, 0, len(list))
	for _, e := range list {
		told = append(told, string(e.For)+":"+cidr.Show(e.Network))
	}
	return strings.Join(told, " ")
}

// LetPass is what edges are told of an exception that is enabled.
type LetPass struct {
	For     string     `json:"for"`
	Network string     `json:"network"` // as internal/cidr shows it
	Tokens  []string   `json:"tokens"`
	Until   *time.Time `json:"until,omitempty"`
}

// encodeExceptions returns them as they are kept, and as edges are told them.
func encodeExceptions(list []IPException) (all, forEdges []byte, err error) {
	if list == nil {
		list = []IPException{}
	}
	pass := []LetPass{}
	for _, e := range list {
		if e.Enabled {
			pass = append(pass, LetPass{For: string(e.For), Network: cidr.Show(e.Network), Tokens: e.Tokens, Until: e.Until})
		}
	}
	if all, err = json.Marshal(list); err == nil {
		forEdges, err = json.Marshal(pass)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("encode the exceptions of an IP filter: %w", err)
	}
	return all, forEdges, nil
}
