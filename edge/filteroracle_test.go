package edge

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// oracle is what must hold of one workspace, decided rule by rule.
type oracle struct {
	route feed.Route
	rules []oracleRule // of what in the route's filter can be read
}

type oracleRule struct {
	network netip.Prefix
	until   *time.Time
}

// refusal says why a client at the address is refused at this moment; "" is not at all. A nil oracle is of a workspace that isn't.
func (o *oracle) refusal(client netip.Addr, now time.Time) string {
	switch {
	case o == nil:
		return unknownHost.reason
	case !o.allows(client, now):
		return addressDenied(client).reason
	case o.route.State != feed.StateServing:
		return stopped("").reason
	}
	return ""
}

func (o *oracle) allows(client netip.Addr, now time.Time) bool {
	if o.route.Filter == nil {
		return o.route.PolicyVersion == 0
	}
	if o.route.Filter.Open {
		return true
	}
	for _, r := range o.rules {
		if r.network.Contains(client) && (r.until == nil || now.Before(*r.until)) {
			return true
		}
	}
	return false
}

// anyOracle is of a workspace with any filter, or none.
func anyOracle(random *rand.Rand, slug string, now time.Time) *oracle {
	o := &oracle{route: routeTo(slug, "/"+slug)}
	if random.IntN(6) == 0 {
		o.route.State = feed.StateStopped
	}
	switch o.route.PolicyVersion = random.Int64N(3); random.IntN(8) {
	case 0:
		return o
	case 1:
		o.route.Filter = &feed.Filter{Open: true}
	default:
		o.route.Filter = &feed.Filter{}
	}
	for range random.IntN(6) {
		var until *time.Time
		if random.IntN(3) == 0 {
			end := now.Add(time.Duration(random.IntN(40)-5) * time.Second)
			until = &end
		}
		rule := feed.Rule{ID: "ipr_1", Until: until}
		if random.IntN(8) == 0 {
			rule.Network = []string{"", "10.0.0.1/8", "010.0.0.1", "10.1", "all"}[random.IntN(5)]
		} else {
			network := anyNetwork(random)
			rule.Network = network.String()
			o.rules = append(o.rules, oracleRule{network, until})
		}
		o.route.Filter.Rules = append(o.route.Filter.Rules, rule)
	}
	return o
}

// anyClient is at one of few addresses, so that rules cover each other; sometimes at none.
func anyClient(random *rand.Rand) netip.Addr {
	switch random.IntN(20) {
	case 0:
		return netip.Addr{}
	case 1, 2, 3, 4, 5, 6, 7:
		return netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 7: byte(random.IntN(3)), 15: byte(random.IntN(4))})
	}
	return netip.AddrFrom4([4]byte{10, byte(random.IntN(2)), byte(random.IntN(2)), byte(random.IntN(4))})
}

func anyNetwork(random *rand.Rand) netip.Prefix {
	address := anyClient(random)
	for !address.IsValid() {
		address = anyClient(random)
	}
	network, _ := address.Prefix(address.BitLen() - random.IntN(address.BitLen()+1)/(1+random.IntN(9)))
	return network
}
