package tenants

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// TestWhatIsWrongWithARuleIsNamed: the limit, what is at fault, and where it is.
func TestWhatIsWrongWithARuleIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	was := b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24", "198.51.100.0/24"))
	past, foreign := b.now(), id.New()
	for _, c := range []struct {
		field, say string
		rules      []IPRuleWish
	}{
		{"rules[1].network", `rule 2: "10.1" is no address`, []IPRuleWish{{Network: "10.0.0.0/8"}, {Network: "10.1"}}},
		{"rules[0].network", "write 10.0.0.0/8 for the network", []IPRuleWish{{Network: "10.0.0.1/8"}}},
		{"rules[2].network", "rule 1 (Office) and rule 3 are the same network, 192.0.2.0/24", []IPRuleWish{{Network: "192.0.2.0/24", Name: "Office"}, {Network: "10.0.0.0/8"}, {Network: "::ffff:192.0.2.0/120"}}},
		{"rules[0].name", "the name of rule 1 (10.0.0.0/8) has 65 characters; at most 64", []IPRuleWish{{Network: "10.0.0.0/8", Name: strings.Repeat("ä", 65)}}},
		{"rules[0].name", "can't be shown", []IPRuleWish{{Network: "10.0.0.0/8", Name: "a\nb"}}},
		{"rules[0].owner", "the owner of rule 1 (10.0.0.0/8) has 129 characters; at most 128", []IPRuleWish{{Network: "10.0.0.0/8", Owner: strings.Repeat("x", 129)}}},
		{"rules[0].until", "rule 1 (10.0.0.0/8) ends at 2030-03-01T12:00:00Z, which is past", []IPRuleWish{{Network: "10.0.0.0/8", Until: &past}}},
		{"rules[0].id", id.Show(id.IPRule, foreign) + ", which no rule of version 1 has", []IPRuleWish{{Network: "10.0.0.0/8", ID: &foreign}}},
		{"rules[1].id", "rule 1 (Office) and rule 2 have one id", []IPRuleWish{{Network: "10.0.0.0/8", ID: &was.Rules[0].ID, Name: "Office"}, {Network: "10.0.0.1", ID: &was.Rules[0].ID}}},
		{"rules", "may have 1000 rules, and this one has 1001", make([]IPRuleWish, 1001)},
	} {
		_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, IPFilterChange{Version: 1, Open: true, Rules: c.rules})
		b.refused(err, Invalid, c.say)
		if refusal := (*Refusal)(nil); errors.As(err, &refusal) && refusal.Field != c.field {
			t.Errorf("%s: at fault is %s", c.say, refusal.Field)
		}
	}
	_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, IPFilterChange{Version: 1, Open: true, Reason: strings.Repeat("x", 201)})
	b.refused(err, Invalid, "the reason has 201 characters; at most 200")
	if n := b.count("ip_filters"); n != 1 {
		t.Errorf("there are %d versions", n)
	}
}

func TestAThousandRulesAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	c := closed(0, office.String())
	for i := range ipRulesAllowed - 1 {
		c.Rules = append(c.Rules, IPRuleWish{Network: fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), Name: strings.Repeat("€", 64), Owner: strings.Repeat("€", 128), Enabled: true})
	}
	b.setFilter(p, done.Workspace.ID, c)
	routes, _, err := b.store.Routes(t.Context(), 0)
	if err != nil || len(routes) != 1 || len(routes[0].Filter.LetIn) != ipRulesAllowed {
		t.Errorf("%v", err)
	}
}

// TestARuleThatHasEndedStaysInItsList: else nobody could save a list that still has one.
func TestARuleThatHasEndedStaysInItsList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	c := closed(0, "203.0.113.0/24", "198.51.100.0/24")
	soon := b.now().Add(time.Minute)
	c.Rules[1].Until = &soon
	was := b.setFilter(p, done.Workspace.ID, c)
	b.move(time.Hour)
	c.Version, c.Rules[1].Name = 1, "Ada's hotel"
	if is := b.setFilter(p, done.Workspace.ID, c); is.Rules[1].ID != was.Rules[1].ID || !is.Rules[1].Until.Equal(soon) {
		t.Errorf("%+v", is.Rules[1])
	}
	later := soon.Add(time.Second)
	c.Version, c.Rules[1].Until = 2, &later
	_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, c)
	b.refused(err, Invalid, "which is past")
}
