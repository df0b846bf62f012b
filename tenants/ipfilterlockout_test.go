package tenants

import (
	"net/netip"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestNobodyLocksThemselvesOutUnlessTheyForceIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	until := func(d time.Duration) *time.Time {
		at := b.now().Add(d)
		return &at
	}
	v6 := netip.MustParseAddr("2001:db8::9%eth0")
	const shutsOut = "203.0.113.9, the address from which you save it"
	for name, c := range map[string]struct {
		from  netip.Addr
		rules []IPRuleWish
		say   string // empty: it is saved
	}{
		"it is in a rule":                 {office, []IPRuleWish{{Network: "203.0.113.0/24", Enabled: true}}, ""},
		"mapped":                          {netip.MustParseAddr("::ffff:203.0.113.9"), []IPRuleWish{{Network: "203.0.113.9", Enabled: true}}, ""},
		"with a zone":                     {v6, []IPRuleWish{{Network: "2001:db8::/64", Enabled: true}}, ""},
		"the rule lasts":                  {office, []IPRuleWish{{Network: "203.0.113.0/24", Enabled: true, Until: until(time.Hour + time.Second)}}, ""},
		"no rule has it":                  {office, []IPRuleWish{{Network: "198.51.100.0/24", Enabled: true}}, shutsOut},
		"its rule is disabled":            {office, []IPRuleWish{{Network: "198.51.100.0/24", Enabled: true}, {Network: "203.0.113.0/24"}}, shutsOut},
		"its rule ends within an hour":    {office, []IPRuleWish{{Network: "203.0.113.0/24", Enabled: true, Until: until(time.Hour)}}, shutsOut},
		"the address is of IPv6":          {v6, []IPRuleWish{{Network: "0.0.0.0/0", Enabled: true}}, "2001:db8::9, the address"},
		"the address is not known":        {netip.Addr{}, []IPRuleWish{{Network: "0.0.0.0/0", Enabled: true}}, "not known from which address"},
		"there is no rule":                {office, nil, "lets nobody in"},
		"all rules are disabled":          {office, []IPRuleWish{{Network: "203.0.113.0/24"}}, "lets nobody in"},
		"all rules are, and no address":   {netip.Addr{}, []IPRuleWish{{Network: "203.0.113.0/24"}}, "lets nobody in"},
		"the rule is for everybody":       {office, []IPRuleWish{{Network: "0.0.0.0/0", Enabled: true}}, ""},
		"one rule ends, and another does": {office, []IPRuleWish{{Network: "203.0.113.9", Enabled: true, Until: until(time.Minute)}, {Network: "203.0.113.0/24", Enabled: true}}, ""},
	} {
		f := IPFilter{Open: false}
		for _, wish := range c.rules {
			rule, err := wish.read("rule", IPRuleField, 0)
			b.must(err)
			f.Rules = append(f.Rules, rule)
		}
		err := f.lockOut(c.from, b.now())
		if c.say == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c.say != "" {
			b.refused(err, Conflict, c.say)
		}
		if f.Open = true; f.lockOut(c.from, b.now()) != nil {
			t.Errorf("%s: an open filter is refused", name)
		}
	}
	// Whoever saves it.
	for _, who := range []Principal{p, b.token(p, done.Tenant.ID, WriteIPFilter), {Operator: id.New()}} {
		_, _, err := b.store.SetIPFilter(t.Context(), who, ws, closed(0, "198.51.100.0/24"))
		b.refused(err, Conflict, shutsOut)
	}
	if n := b.count("ip_filters"); n != 0 {
		t.Errorf("there are %d versions", n)
	}
	forced := closed(0, "198.51.100.0/24")
	forced.Force = true
	if f := b.setFilter(p, ws, forced); !f.Forced {
		t.Error("it is not told that it was forced")
	}
	needless := closed(1, "203.0.113.0/24")
	needless.Force = true
	if f := b.setFilter(p, ws, needless); f.Forced {
		t.Error("it is told that it was forced, though it needed not be")
	}
}
