// Package ipfilter decides which addresses a workspace's IP filter lets in, and until when. It never learns how an
// address was found out, nor what becomes of who is not let in.
package ipfilter

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// never is the end of a rule that has none. Ends are microseconds since 1970, which all years that JSON can hold fit into.
const never = math.MaxInt64

// Filter is a workspace's filter, ready to decide. It is immutable and safe for concurrent use; the zero Filter lets nobody in.
type Filter struct {
	open  bool
	ids   []string // of the rules that it was compiled of, in their order
	rules bart.Table[*entry]
	ends  []int64 // of all rules and exceptions that end, in order

	exceptions []exception
}

// entry is a rule at its network, so that the longest match alone decides.
type entry struct {
	rule   int    // its place in the filter that was compiled
	own    int64  // when it ends
	until  int64  // when the last of those rules ends that cover the whole of it
	around *entry // the smallest of the others that do, or the one before of the same network; nil: none does
}

// Unruled is in the place of a rule where everybody is let in, or nobody is.
const Unruled = -1

var (
	everybody = &Filter{open: true}
	nobody    = &Filter{}
)

// Compile makes f, which is the filter at this version, ready. A version without a filter lets nobody in: there are rules, and
// they are not known. A rule whose network can't be read lets nobody in; see Usable.
func Compile(version int64, f *feed.Filter) *Filter {
	switch {
	case f == nil && version == 0:
		return everybody
	case f != nil && f.Open:
		return &Filter{open: true, ids: idsOf(f.Rules)}
	case f == nil, len(f.Rules)+len(f.Exceptions) == 0:
		return nobody
	}
	c := &Filter{ids: idsOf(f.Rules), exceptions: readExceptions(f.Exceptions)}
	for _, e := range c.exceptions {
		if e.until != never {
			c.ends = append(c.ends, e.until)
		}
	}
	for _, r := range inForce(f.Rules) {
		// What covers it is in the table already, and so is another rule of the same network.
		e := &entry{rule: r.place, own: r.until, until: r.until}
		if around, covered := c.rules.LookupPrefix(r.network); covered {
			e.around, e.until = around, max(around.until, r.until)
		}
		c.rules.Insert(r.network, e)
		if r.until != never {
			c.ends = append(c.ends, r.until)
		}
	}
	slices.Sort(c.ends)
	return c
}

func idsOf(rules []feed.Rule) []string {
	ids := make([]string, 0, len(rules))
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}

// RuleIDs are the ids of the rules that it was compiled of, in their order. They are not to be changed.
func (f *Filter) RuleIDs() []string { return f.ids }

type rule struct {
	place   int
	network netip.Prefix
	until   int64
}

// inForce returns the rules that can be read, large networks first.
func inForce(rules []feed.Rule) []rule {
	read := make([]rule, 0, len(rules))
	for place, r := range rules {
		network, err := cidr.Parse(r.Network)
		if err != nil {
			continue
		}
		read = append(read, rule{place, network, endOf(r.Until)})
	}
	slices.SortStableFunc(read, func(a, b rule) int { return cmp.Compare(a.network.Bits(), b.network.Bits()) })
	return read
}

func endOf(until *time.Time) int64 {
	if until == nil {
		return never
	}
	return until.UnixMicro()
}

// Allows reports whether the address is let in. The time is asked for only where it matters. An address that is invalid is let in
// by nothing but a filter that is open, and ::ffff:192.0.2.1 is 192.0.2.1. It does not allocate.
func (f *Filter) Allows(client netip.Addr, now func() time.Time) bool {
	_, ok := f.Admit(client, now)
	return ok
}

// Admit does what Allows does, and says by which rule: the one of the smallest network that has the address, of those that have not
// ended. It is the rule's place in what was compiled, or Unruled.
func (f *Filter) Admit(client netip.Addr, now func() time.Time) (rule int, ok bool) {
	if f.open {
		return Unruled, true
	}
	e, covered := f.rules.Lookup(client.Unmap())
	switch {
	case !covered:
		return Unruled, false
	case e.own == never:
		return e.rule, true
	}
	at := now().UnixMicro()
	if e.until <= at {
		return Unruled, false
	}
	for e.own <= at {
		e = e.around
	}
	return e.rule, true
}

// NextEnd is when the next rule or exception ends after now; ok is false when none does.
func (f *Filter) NextEnd(now func() time.Time) (at time.Time, ok bool) {
	if len(f.ends) == 0 {
		return time.Time{}, false
	}
	i, _ := slices.BinarySearch(f.ends, now().UnixMicro()+1)
	if i == len(f.ends) {
		return time.Time{}, false
	}
	return time.UnixMicro(f.ends[i]), true
}
