package ipfilter_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func at(moment time.Time) func() time.Time { return func() time.Time { return moment } }

func rules(networks ...string) *feed.Filter {
	f := &feed.Filter{}
	for i, network := range networks {
		f.Rules = append(f.Rules, feed.Rule{ID: fmt.Sprintf("ipr_%d", i), Network: network})
	}
	return f
}

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	open := rules("192.0.2.0/24")
	open.Open = true
	for name, c := range map[string]struct {
		version int64
		filter  *feed.Filter
		allowed string
		denied  string
	}{
		"never had a filter":           {0, nil, "192.0.2.1 2001:db8::1 invalid", ""},
		"has one that isn't known":     {3, nil, "", "192.0.2.1 2001:db8::1 127.0.0.1 ::1 invalid"},
		"an impossible version":        {-1, nil, "", "192.0.2.1 invalid"},
		"switched off":                 {3, open, "192.0.2.1 198.51.100.1 2001:db8::1 invalid", ""},
		"no rule":                      {3, &feed.Filter{}, "", "192.0.2.1 2001:db8::1 invalid"},
		"a filter without a version":   {0, rules("192.0.2.0/24"), "192.0.2.1", "198.51.100.1"},
		"an address":                   {1, rules("192.0.2.7"), "192.0.2.7 ::ffff:192.0.2.7", "192.0.2.6 192.0.2.8 ::192.0.2.7 invalid"},
		"a network":                    {1, rules("192.0.2.0/25"), "192.0.2.0 192.0.2.127 ::ffff:192.0.2.1", "192.0.1.255 192.0.2.128"},
		"a mapped network":             {1, rules("::ffff:192.0.2.0/121"), "192.0.2.127", "192.0.2.128 ::c000:201"},
		"an IPv6 network":              {1, rules("2001:db8::/32"), "2001:db8:ffff::1 2001:db8::1%eth0", "2001:db9:: 32.1.13.184 invalid"},
		"all of IPv4":                  {1, rules("0.0.0.0/0"), "0.0.0.0 255.255.255.255 ::ffff:1.2.3.4", "::1 :: invalid"},
		"all of IPv6":                  {1, rules("::/0"), ":: ::1 2001:db8::1", "192.0.2.1 ::ffff:192.0.2.1 invalid"},
		"what is mapped, as IPv6":      {1, rules("::fffe:0:0/95"), "::fffe:1:2", "192.0.2.1 ::ffff:192.0.2.1"},
		"rules that can't be read":     {1, rules("192.0.2.1/24", "010.0.0.1", "10.1", "*", ""), "", "192.0.2.1 10.0.0.1 8.0.0.1 10.0.0.1"},
		"one that can't be read, one":  {1, rules("nonsense", "192.0.2.1"), "192.0.2.1", "192.0.2.2"},
		"the same network, many times": {1, rules("192.0.2.1", "192.0.2.1", "192.0.2.0/24"), "192.0.2.1 192.0.2.2", "192.0.3.1"},
	} {
		f := ipfilter.Compile(c.version, c.filter)
		for _, list := range []struct {
			addresses string
			want      bool
		}{{c.allowed, true}, {c.denied, false}} {
			for text := range strings.FieldsSeq(list.addresses) {
				client, _ := netip.ParseAddr(text)
				if got := f.Allows(client, at(noon)); got != list.want {
					t.Errorf("%s: %s allowed: %v", name, text, got)
				}
			}
		}
	}
	if new(ipfilter.Filter).Allows(netip.MustParseAddr("127.0.0.1"), at(noon)) {
		t.Error("the zero filter lets somebody in")
	}
}

func TestRulesEnd(t *testing.T) {
	t.Parallel()
	until := func(d time.Duration) *time.Time { end := noon.Add(d); return &end }
	f := ipfilter.Compile(1, &feed.Filter{Rules: []feed.Rule{
		{ID: "ipr_1", Network: "10.0.0.0/8", Until: until(2 * time.Hour)},
		{ID: "ipr_2", Network: "10.1.0.0/16", Until: until(time.Hour)},
		{ID: "ipr_3", Network: "10.1.2.0/24", Until: until(3 * time.Hour)},
		{ID: "ipr_4", Network: "10.1.2.3"},
		{ID: "ipr_5", Network: "10.1.2.0/24", Until: until(time.Minute)},
		{ID: "ipr_6", Network: "2001:db8::/32", Until: until(-time.Hour)},
	}})
	for address, lasts := range map[string]time.Duration{"10.9.9.9": 2 * time.Hour, "10.1.9.9": 2 * time.Hour, "10.1.2.9": 3 * time.Hour,
		"10.1.2.3": 1e6 * time.Hour, "2001:db8::1": -time.Hour} {
		client, end := netip.MustParseAddr(address), noon.Add(lasts)
		if !f.Allows(client, at(end.Add(-time.Microsecond))) {
			t.Errorf("%s is denied before %s", address, end)
		}
		if got := f.Allows(client, at(end)); got != (lasts > 1e5*time.Hour) {
			t.Errorf("%s allowed at %s: %v", address, end, got)
		}
	}
	moment := noon
	for _, want := range []time.Duration{time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour} {
		next, ok := f.NextEnd(at(moment))
		if moment = noon.Add(want); !ok || !next.Equal(moment) {
			t.Errorf("the next end is at %s, %v; want %s", next, ok, moment)
		}
	}
	if next, ok := f.NextEnd(at(moment)); ok {
		t.Errorf("after the last end another one comes at %s", next)
	}
	for address, by := range map[string]int{"10.9.9.9": 0, "10.1.9.9": 1, "10.1.2.9": 4, "10.1.2.3": 3} {
		if rule, _ := f.Admit(netip.MustParseAddr(address), at(noon)); rule != by {
			t.Errorf("%s is let in by rule %d, want %d", address, rule, by)
		}
	}
	for after, by := range map[time.Duration]int{time.Minute: 2, 2 * time.Hour: 2, 3 * time.Hour: ipfilter.Unruled} {
		if rule, _ := f.Admit(netip.MustParseAddr("10.1.2.9"), at(noon.Add(after))); rule != by {
			t.Errorf("after %s it is let in by rule %d, want %d", after, rule, by)
		}
	}
	if !f.Allows(netip.MustParseAddr("10.1.2.3"), func() time.Time { panic("asked for the time") }) {
		t.Error("a rule without an end ended")
	}
}

// TestDecisionsAgreeWithALoop over the rules, whatever they are.
func TestDecisionsAgreeWithALoop(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 2000 {
		filter := &feed.Filter{}
		for range random.IntN(30) {
			r := feed.Rule{Network: anyNetwork(random).String()}
			if random.IntN(2) == 0 {
				end := noon.Add(time.Duration(random.IntN(20)-10) * time.Minute)
				r.Until = &end
			}
			filter.Rules = append(filter.Rules, r)
		}
		f := ipfilter.Compile(1, filter)
		for range 50 {
			client, now := anyAddress(random), noon.Add(time.Duration(random.IntN(20)-10)*time.Minute)
			want := false
			for _, r := range filter.Rules {
				want = want || netip.MustParsePrefix(r.Network).Contains(client) && (r.Until == nil || now.Before(*r.Until))
			}
			rule, got := f.Admit(client, at(now))
			if by := filter.Rules[max(rule, 0):]; got && (!netip.MustParsePrefix(by[0].Network).Contains(client) || by[0].Until != nil && !now.Before(*by[0].Until)) {
				t.Fatalf("seed %d, round %d: %s at %s is let in by %+v", seed, round, client, now, by[0])
			}
			if got != want {
				t.Fatalf("seed %d, round %d: %s at %s allowed: %v, by %+v", seed, round, client, now, got, filter.Rules)
			}
		}
	}
}

// anyAddress is one of few, so that rules cover each other.
func anyAddress(random *rand.Rand) netip.Addr {
	if random.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(random.IntN(3)), byte(random.IntN(3)), byte(random.IntN(8))})
	}
	return netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 7: byte(random.IntN(3)), 15: byte(random.IntN(8))})
}

func anyNetwork(random *rand.Rand) netip.Prefix {
	address := anyAddress(random)
	network, _ := address.Prefix(address.BitLen() - random.IntN(address.BitLen()+1)/(1+random.IntN(8)))
	return network
}

func TestUnusableRulesAreLeftOutAndNamed(t *testing.T) {
	t.Parallel()
	f := rules("192.0.2.0/24", "192.0.2.1/24", "2001:db8::1", "0x7f.1")
	f.Open = true
	usable, err := ipfilter.Usable(f)
	want := &feed.Filter{Open: true, Rules: []feed.Rule{f.Rules[0], f.Rules[2]}}
	if !reflect.DeepEqual(usable, want) || len(f.Rules) != 4 {
		t.Errorf("usable is %+v of %+v", usable, f)
	}
	if err == nil || !strings.Contains(err.Error(), `"ipr_1"`) || !strings.Contains(err.Error(), `"ipr_3"`) || strings.Contains(err.Error(), "ipr_2") {
		t.Errorf("the error is %v", err)
	}
	for _, f := range []*feed.Filter{nil, {}, rules("192.0.2.1")} {
		if usable, err := ipfilter.Usable(f); usable != f || err != nil {
			t.Errorf("%+v came back as %+v, %v", f, usable, err)
		}
	}
	if usable, _ := ipfilter.Usable(rules("nonsense")); usable == nil || ipfilter.Compile(1, usable).Allows(netip.MustParseAddr("127.0.0.1"), at(noon)) {
		t.Error("without a rule that can be read, somebody is let in")
	}
}
