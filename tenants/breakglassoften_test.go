package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLinksAreBoundedByOwnerAndByWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	ws := done.Workspace.ID
	ask := func(p Principal) error {
		_, err := b.store.RequestBreakGlass(t.Context(), p, ws, "x", lab)
		return err
	}
	b.must(ask(p))
	b.move(time.Minute)
	for range 4 {
		b.must(ask(p))
	}
	for range 3 {
		err := ask(p)
		b.refused(err, TooOften, "mailed to you within an hour; the next one is possible at 2030-03-01T13:00:00Z")
		if refusal := (*Refusal)(nil); !errors.As(err, &refusal) || refusal.After != 59*time.Minute {
			t.Errorf("%+v", refusal)
		}
	}
	if e := b.events(done.Tenant.ID, "workspace.refuse_break_glass"); len(e) != 1 || e[0].Details["why"] != "too many links" || e[0].Details["from"] != "192.0.2.77" {
		t.Errorf("it is told as %+v", e)
	}
	second := b.person("second")
	third := b.person("third")
	for _, who := range []string{"second", "third"} {
		_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, who+"@example.com", Owner)
		b.must(err)
	}
	for range 5 {
		b.must(ask(second))
	}
	b.refused(ask(third), TooOften, "the workspace's owners")
	// Whoever fills it by an e-mail address, which anybody may name, takes nothing from those who sign in.
	for _, want := range []int{1, 1, 1, 1, 1, 0, 0} {
		b.answers("third", b.wish("third@example.com", ""), want)
	}
	if e := b.events(done.Tenant.ID, "workspace.refuse_break_glass"); len(e) != 3 || e[0].Actor != "nobody" {
		t.Errorf("it is told as %+v", e)
	}
	if n := len(b.mailed()); n != 15 {
		t.Errorf("%d links are mailed", n)
	}
	b.move(59 * time.Minute)
	b.must(ask(p))
	b.refused(ask(p), TooOften, "at 2030-03-01T13:01:00Z")
	b.exec("update break_glass_links set asked_at = $1::timestamptz + interval '1 day'", b.now()) // by a clock that was put back
	b.must(ask(p))
}

// TestNoRefusalIsToldThatIsNotWrittenDown: a guess that is answered is counted, and a link too many is in the audit trail.
func TestNoRefusalIsToldThatIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	ws := done.Workspace.ID
	ask := func(ctx context.Context) error {
		_, err := b.store.RequestBreakGlass(ctx, p, ws, "x", lab)
		return err
	}
	secret := b.glassLink(p, ws)
	wrong := b.glassCode(secret)
	b.glassCodeOf(secret)
	for range 4 {
		b.must(ask(t.Context()))
	}
	b.exec(`create function lose() returns trigger language plpgsql as $$ begin raise 'the commit fails'; end $$`)
	b.exec(`create constraint trigger lose after insert or update on break_glass_links deferrable initially deferred for each row execute function lose()`)
	_, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: wrong, From: lab})
	for what, err := range map[string]error{"a wrong code": err, "a link too many": ask(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "the commit fails") {
			t.Errorf("%s is answered: %v", what, err)
		}
	}
	ctx, _ := WithRehearsal(t.Context())
	b.refused(ask(ctx), TooOften, "mailed to you within an hour")
}

// TestAFullFilterTakesAnHourAllTheSame, and can be saved with it, and with no rule more.
func TestAFullFilterTakesAnHourAllTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := closed(0, "203.0.113.0/24")
	for i := range 999 {
		c.Rules = append(c.Rules, IPRuleWish{Network: fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), Enabled: true})
	}
	p, done, broken := b.brokenGlass("engines", c)
	if f := b.inForce(done.Workspace.ID); len(f.Rules) != 1001 || !f.letsIn(lab, b.now()) || len(broken.Filter.Rules) != 1001 {
		t.Errorf("it has %d rules", len(f.Rules))
	}
	c.Version = 2
	c.Rules = append(c.Rules, IPRuleWish{Network: lab.String(), Enabled: true})
	_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, c)
	b.refused(err, Invalid, "may have 1000 rules, and this one has 1001")
	c.Rules[1000].Until, c.Open = broken.Rule.Until, true
	b.setFilter(p, done.Workspace.ID, c)
	b.move(time.Hour)
	b.endHours(1)
	if f := b.inForce(done.Workspace.ID); len(f.Rules) != 1000 {
		t.Errorf("it has %d rules", len(f.Rules))
	}
}

// TestGlassIsBrokenInWhateverStateAWorkspaceIs in which its filter counts, and it says when its filter is open.
func TestGlassIsBrokenInWhateverStateAWorkspaceIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	ws := done.Workspace.ID
	for i, state := range []State{Running, Hibernated, Waking, Stopped} {
		b.exec("update workspaces set state = $2 where id = $1", ws, string(state))
		secret := b.glassLink(p, ws)
		_, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: b.glassCode(secret), From: lab.Next()})
		if err != nil {
			t.Errorf("%s: %v", state, err)
		}
		b.move(time.Hour)
		b.endHours(1)
		if f := b.inForce(ws); f.Version != int64(2*i+3) {
			t.Errorf("%s: version %d", state, f.Version)
		}
	}
	secret := b.glassLink(p, ws)
	code := b.glassCode(secret)
	open := closed(9, "203.0.113.0/24")
	open.Open = true
	b.setFilter(p, ws, open)
	_, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: lab})
	b.refused(err, Conflict, "everybody is let in")
	if look, err := b.store.LookThroughGlass(t.Context(), secret, lab); err != nil || !look.Open || !look.LetIn {
		t.Errorf("%+v, %v", look, err)
	}
}
