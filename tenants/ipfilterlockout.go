package tenants

import (
	"net/netip"
	"slices"
	"time"
)

// soonOver is how long a rule must still last to count as letting in who saves a filter.
const soonOver = time.Hour

// lockOut refuses a filter that shuts out the address that saves it, or everybody.
func (f IPFilter) lockOut(from netip.Addr, now time.Time) error {
	const orForce = "or force it, if you mean that"
	from = from.WithZone("").Unmap()
	switch {
	case f.Open:
		return nil
	case !slices.ContainsFunc(f.Rules, func(r IPRule) bool { return r.inForce(now) }):
		return refuse(Conflict, "", "a closed IP filter without an enabled rule lets nobody in; enable a rule, leave the filter open, %s", orForce)
	case !from.IsValid():
		return refuse(Conflict, "", "it is not known from which address you save this IP filter, nor whether it lets you in; %s", orForce)
	case f.letsIn(from, now.Add(soonOver)):
		return nil
	}
	return refuse(Conflict, "", "this IP filter shuts you out: no enabled rule that lasts for another hour has %s, the address from which you save it; add a rule for it, %s", from, orForce)
}
