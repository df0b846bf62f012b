package tenants

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// IPFilterDiff is what a version of a filter changed.
type IPFilterDiff struct {
	Switched       bool // from open to closed, or back
	Added, Removed []IPRule
	Changed        []IPRuleChange
	Exceptions     IPExceptionDiff
	reordered      bool
}

// IPRuleChange is a rule that stayed, but not as it was.
type IPRuleChange struct{ Was, Is IPRule }

// Since compares a filter with the one before.
func (f IPFilter) Since(was IPFilter) (d IPFilterDiff) {
	d.Switched = f.Open != was.Open
	d.Exceptions = exceptionsSince(f.Exceptions, was.Exceptions)
	before := map[uuid.UUID]IPRule{}
	for _, r := range was.Rules {
		before[r.ID] = r
	}
	for i, r := range f.Rules {
		old, stays := before[r.ID]
		delete(before, r.ID)
		switch {
		case !stays:
			d.Added = append(d.Added, r)
		case !r.same(old):
			d.Changed = append(d.Changed, IPRuleChange{Was: old, Is: r})
		}
		d.reordered = d.reordered || i >= len(was.Rules) || was.Rules[i].ID != r.ID
	}
	for _, r := range was.Rules {
		if _, gone := before[r.ID]; gone {
			d.Removed = append(d.Removed, r)
		}
	}
	return d
}

func (r IPRule) same(as IPRule) bool {
	return r.Network == as.Network && r.Name == as.Name && r.Owner == as.Owner && r.Enabled == as.Enabled && sameTime(r.Until, as.Until)
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// nothing reports whether both are the same, to people and to edges.
func (d IPFilterDiff) nothing() bool {
	return !d.Switched && !d.reordered && len(d.Added)+len(d.Removed)+len(d.Changed) == 0 && d.Exceptions.nothing()
}

// networksOf lists the networks of rules, as the audit trail tells them: names of rules may be those of people, and go with the workspace.
func networksOf(rules []IPRule) string {
	list := make([]string, 0, len(rules))
	for _, r := range rules {
		list = append(list, cidr.Show(r.Network))
	}
	return strings.Join(list, " ")
}
