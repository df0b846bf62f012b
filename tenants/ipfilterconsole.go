package tenants

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/upcall"
)

const (
	// sourceConsole is where the audit trail says that a change comes from.
	sourceConsole = "workspace console"
	// consoleOwner stands before the id of a user of the workspace, in the owner of a rule.
	consoleOwner = "workspace user "
)

// ConsoleSave is a list of rules as an admin saves it at the system console of their workspace.
type ConsoleSave struct {
	User  upcall.User
	From  netip.Addr // as the workspace says
	Rules []upcall.IPRule
}

// AtConsole is the filter as the system console shows it, which knows neither of an end of rules nor of a switch: an open filter has no
// rule that is enabled.
func (f IPFilter) AtConsole(now time.Time) []upcall.IPRule {
	list := make([]upcall.IPRule, 0, len(f.Rules))
	for _, r := range f.Rules {
		list = append(list, f.atConsole(r, now))
	}
	return list
}

func (f IPFilter) atConsole(r IPRule, now time.Time) upcall.IPRule {
	return upcall.IPRule{Network: r.Network.String(), Name: r.Name, Enabled: !f.Open && r.inForce(now), Owner: userIn(r.Owner)}
}

// userIn returns the id of the user whom a rule's owner names, or nothing.
func userIn(owner string) string {
	user, ok := strings.CutPrefix(owner, consoleOwner)
	if !ok || !upcall.IsUser(user) {
		return ""
	}
	return user
}

// SaveAtConsole puts a list of rules in force that was made at the system console. That doesn't know on which version it is based: the last
// one to save wins, and nothing is lost that it doesn't show.
func (s *Store) SaveAtConsole(ctx context.Context, workspace uuid.UUID, save ConsoleSave) (f IPFilter, route int64, err error) {
	p := Principal{Workspace: workspace, User: save.User.ID, UserName: save.User.Name}
	return s.setIPFilter(ctx, p, workspace, func(was IPFilter) IPFilterChange { return save.change(was, s.now()) })
}

// ConfirmedFilter returns the filter in force, and whether every edge decides by it.
func (s *Store) ConfirmedFilter(ctx context.Context, workspace uuid.UUID) (f IPFilter, settled bool, err error) {
	if f, err = s.IPFilter(ctx, workspace); err != nil {
		return f, false, err
	}
	route, err := s.routeVersionOf(ctx, workspace)
	if err != nil {
		return f, false, err
	}
	told, err := s.ConfirmedBy(ctx, route)
	return f, len(told.Behind) == 0, err
}

// change is what a save means for the filter that it finds.
func (c ConsoleSave) change(was IPFilter, now time.Time) IPFilterChange {
	before := map[netip.Prefix]IPRule{}
	for _, r := range was.Rules {
		before[r.Network] = r
	}
	change := IPFilterChange{Version: was.Version, Open: true, From: c.From, Reason: "saved by " + c.User.Name + " in the workspace's system console"}
	for _, r := range c.Rules {
		change.Open = change.Open && !r.Enabled
	}
	for _, r := range c.Rules {
		wish := IPRuleWish{Network: r.Network, Name: r.Name, Enabled: r.Enabled, Owner: ownerAtConsole(r.Owner)}
		network, err := cidr.Parse(r.Network)
		if old, known := before[network]; err == nil && known {
			wish.keep(old, was.atConsole(old, now), r, change.Open, now)
		}
		change.Rules = append(change.Rules, wish)
	}
	return change
}

func ownerAtConsole(user string) string {
	if user == "" {
		return ""
	}
	return consoleOwner + user
}

// keep leaves of a rule as it is what the console doesn't show, and what was sent back as it had been shown.
func (w *IPRuleWish) keep(old IPRule, shown, sent upcall.IPRule, open bool, now time.Time) {
	if sent.Owner == shown.Owner {
		w.Owner = old.Owner
	}
	ended := old.Until != nil && !old.Until.After(now)
	if !ended || !sent.Enabled { // or somebody wants it again
		w.Until = old.Until
	}
	if !sent.Enabled && !shown.Enabled && (open || ended) { // it lets nobody in either way
		w.Enabled = old.Enabled
	}
}
