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
	open bool
	// until holds for each network of a rule when the last of those rules ends that cover the whole of it, so that the longest
	// match alone decides.
	until bart.Table[int64]
	ends  []int64 // of all rules and exceptions that end, in order

	exceptions []exception
}

var (
	everybody = &Filter{open: true}
	nobody    = &Filter{}
)

// Compile makes f, which is the filter at this version, ready. A version without a filter lets nobody in: there are rules, and
// they are not known. A rule whose network can't be read lets nobody in; see Usable.
func Compile(version int64, f *feed.Filter) *Filter {
	switch {
	case f == nil && version == 0, f != nil && f.Open:
		return everybody
	case f == nil, len(f.Rules)+len(f.Exceptions) == 0:
		return nobody
	}
	c := &Filter{exceptions: readExceptions(f.Exceptions)}
	for _, e := range c.exceptions {
		if e.until != never {
			c.ends = append(c.ends, e.until)
		}
	}
	for _, r := range inForce(f.Rules) {
		// What covers it is in the table already, and so is another rule of the same network.
		if around, covered := c.until.LookupPrefix(r.network); !covered || around < r.until {
			c.until.Insert(r.network, r.until)
		}
		if r.until != never {
			c.ends = append(c.ends, r.until)
		}
	}
	slices.Sort(c.ends)
	return c
}

type rule struct {
	network netip.Prefix
	until   int64
}

// inForce returns the rules that can be read, large networks first.
func inForce(rules []feed.Rule) []rule {
	read := make([]rule, 0, len(rules))
	for _, r := range rules {
		network, err := cidr.Parse(r.Network)
		if err != nil {
			continue
		}
		read = append(read, rule{network, endOf(r.Until)})
	}
	slices.SortFunc(read, func(a, b rule) int { return cmp.Compare(a.network.Bits(), b.network.Bits()) })
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
	if f.open {
		return true
	}
	until, covered := f.until.Lookup(client.Unmap())
	return covered && (until == never || now().UnixMicro() < until)
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
