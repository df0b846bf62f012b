package tenants

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// sketch writes rules down so that they can be compared: networks, with the state, "hour", and what made way.
func sketch(rules []IPRule, at time.Time) string {
	var list []string
	for _, r := range rules {
		text := cidr.Show(r.Network)
		if !r.inForce(at) {
			text += " off"
		}
		if r.Hour != nil {
			text += " hour"
			if r.Hour.Was != nil {
				text += " for (" + sketch([]IPRule{*r.Hour.Was}, at) + ")"
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func TestAnHourLeavesAFilterAsItFoundIt(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_900_000_000, 0)
	rule := func(network string, enabled bool) IPRule {
		return IPRule{ID: uuid.New(), Network: netip.MustParsePrefix(network), Enabled: enabled}
	}
	hour := func(from string) IPRule {
		return hourFor(netip.MustParseAddr(from), uuid.New(), "per_1", "ada@example.com", "moved", now)
	}
	office, hotel := rule("203.0.113.0/24", true), rule("192.0.2.7/32", false)
	for _, c := range []struct {
		before      []IPRule
		from        string
		with, after string
	}{
		{nil, "192.0.2.7", "192.0.2.7 hour", ""},
		{[]IPRule{office}, "2001:db8::7", "203.0.113.0/24, 2001:db8::7 hour", "203.0.113.0/24"},
		{[]IPRule{hotel, office}, "192.0.2.7", "192.0.2.7 hour for (192.0.2.7 off), 203.0.113.0/24", "192.0.2.7 off, 203.0.113.0/24"},
		{withHour([]IPRule{hotel, office}, hour("192.0.2.7")), "192.0.2.7", "192.0.2.7 hour for (192.0.2.7 off), 203.0.113.0/24", "192.0.2.7 off, 203.0.113.0/24"},
		{withHour([]IPRule{office}, hour("192.0.2.7")), "192.0.2.7", "203.0.113.0/24, 192.0.2.7 hour", "203.0.113.0/24"},
	} {
		was := sketch(c.before, now)
		with := withHour(c.before, hour(c.from))
		if got := sketch(with, now); got != c.with {
			t.Errorf("%s with an hour is %s, want %s", was, got, c.with)
		}
		if got := sketch(withoutHours(with, anyHour), now); got != c.after {
			t.Errorf("%s is %s after the hour, want %s", was, got, c.after)
		}
		if got := sketch(c.before, now); got != was {
			t.Errorf("%s became %s", was, got)
		}
	}
	h := hour("192.0.2.7")
	if !h.inForce(now.Add(time.Hour-1)) || h.inForce(now.Add(time.Hour)) || h.Owner != "ada@example.com" || h.AddedBy != "per_1" {
		t.Errorf("%+v", h)
	}
}

func TestAFilterThatComesBackTakesTheHoursThatGoOn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_900_000_000, 0)
	rule := func(network string) IPRule {
		return IPRule{ID: uuid.New(), Network: netip.MustParsePrefix(network), Enabled: true}
	}
	hour := func(from string, began time.Duration) IPRule {
		return hourFor(netip.MustParseAddr(from), uuid.New(), "per_1", "ada@example.com", "moved", now.Add(began))
	}
	office, home := rule("203.0.113.0/24"), rule("198.51.100.7/32")
	goesOn, over, ended, atHome := hour("192.0.2.1", -time.Minute), hour("192.0.2.2", -time.Hour), hour("192.0.2.3", -time.Minute), hour("198.51.100.7", 0)
	for _, c := range []struct {
		back, now []IPRule
		want      string
	}{
		{[]IPRule{office}, []IPRule{home, goesOn}, "203.0.113.0/24, 192.0.2.1 hour"},
		{[]IPRule{office, goesOn}, []IPRule{home, goesOn}, "203.0.113.0/24, 192.0.2.1 hour"},
		{[]IPRule{office, over}, []IPRule{home, over}, "203.0.113.0/24"},
		{[]IPRule{office, ended}, []IPRule{home}, "203.0.113.0/24"}, // somebody has removed it
		{[]IPRule{home}, []IPRule{office, atHome}, "198.51.100.7 hour for (198.51.100.7)"},
		{[]IPRule{office}, withHour([]IPRule{home}, atHome), "203.0.113.0/24, 198.51.100.7 hour"},
	} {
		if got := sketch(takingHours(c.back, c.now, now), now); got != c.want {
			t.Errorf("%s comes back over %s as %s, want %s", sketch(c.back, now), sketch(c.now, now), got, c.want)
		}
	}
}

// brokenGlass is a closed filter in which the owner is let in for an hour from the lab's address, as the links have it.
func (b *bundle) brokenGlass(slug string, c IPFilterChange) (Principal, SignedUp, BrokenGlass) {
	b.t.Helper()
	p, done := b.guarded(slug)
	b.confirm(p)
	b.setFilter(p, done.Workspace.ID, c)
	secret := b.glassLink(p, done.Workspace.ID)
	broken, _, err := b.store.BreakGlass(b.t.Context(), GlassUse{Secret: secret, Code: b.glassCode(secret), From: lab})
	b.must(err)
	return p, done, broken
}

func (b *bundle) endHours(want int) {
	b.t.Helper()
	if n, err := b.store.EndHours(b.t.Context()); err != nil || n != want {
		b.t.Errorf("hours of %d filters were ended, %v; want %d", n, err, want)
	}
}

func TestAnHourIsTakenOutOfTheFilterAtItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := closed(0, "203.0.113.0/24", lab.String())
	c.Rules[1].Enabled = false
	_, done, broken := b.brokenGlass("engines", c)
	ws := done.Workspace.ID
	b.filterMails()
	b.move(time.Hour - time.Microsecond)
	b.endHours(0)
	if f := b.inForce(ws); f.Version != 2 || !f.letsIn(lab, b.now()) {
		t.Errorf("%+v", f)
	}
	b.move(time.Microsecond)
	if f := b.inForce(ws); f.letsIn(lab, b.now()) {
		t.Error("it lets in also after the hour")
	}
	b.endHours(1)
	b.endHours(0)
	f := b.inForce(ws)
	if want := "203.0.113.0/24, 192.0.2.77 off"; f.Version != 3 || f.ChangedBy != System || !strings.Contains(f.Reason, "is over") || sketch(f.Rules, b.now()) != want {
		t.Errorf("%+v, want %s", f, want)
	}
	if f.Rules[1].ID == broken.Rule.ID || f.Rules[1].Enabled {
		t.Errorf("%+v", f.Rules[1])
	}
	if mails := b.filterMails(); len(mails) != 1 || len(mails[0].Changes.Removed) != 1 || mails[0].Changes.Removed[0].Hour == nil {
		t.Errorf("mailed is %+v", mails)
	}
}

// TestWhoSavesAFilterDecidesAboutItsHours: it may be kept for good, or ended, and is no longer ended then.
func TestWhoSavesAFilterDecidesAboutItsHours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(f IPFilter, c *IPFilterChange)
		want string
	}{
		"left":      {func(f IPFilter, c *IPFilterChange) { c.Rules[1].Until = f.Rules[1].Until }, "203.0.113.0/24"},
		"named":     {func(f IPFilter, c *IPFilterChange) { c.Rules[1].Until, c.Rules[1].Name = f.Rules[1].Until, "Ada" }, "203.0.113.0/24"},
		"for good":  {func(IPFilter, *IPFilterChange) {}, "203.0.113.0/24, 192.0.2.77"},
		"for all":   {func(_ IPFilter, c *IPFilterChange) { c.Open = true }, "203.0.113.0/24, 192.0.2.77"},
		"taken out": {func(_ IPFilter, c *IPFilterChange) { c.Rules = c.Rules[:1] }, "203.0.113.0/24"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p, done, broken := b.brokenGlass("engines", closed(0, "203.0.113.0/24"))
			change := closed(2, "203.0.113.0/24", lab.String(), "198.51.100.0/24")
			c.edit(broken.Filter, &change)
			b.setFilter(p, done.Workspace.ID, change)
			b.move(time.Hour)
			if _, err := b.store.EndHours(t.Context()); err != nil {
				t.Fatal(err)
			}
			f := b.inForce(done.Workspace.ID)
			want := c.want + map[bool]string{true: ", 198.51.100.0/24"}[name != "taken out"]
			if got := sketch(f.Rules, b.now()); got != want || b.count("ip_filter_hours") != 0 {
				t.Errorf("it is %s, want %s", got, want)
			}
		})
	}
}

// TestAnHourOutlivesTheTrialInWhichItBegan, which goes on, and which the hour does not confirm.
func TestAnHourOutlivesTheTrialInWhichItBegan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	b.setFilter(p, ws, closed(0, "203.0.113.0/24"))
	tried := b.setFilter(p, ws, tried(1, "203.0.113.0/25"))
	secret := b.glassLink(p, ws)
	broken, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: b.glassCode(secret), From: lab})
	b.must(err)
	if trial := b.inForce(ws).Trial; trial == nil || trial.BackTo != 1 || !trial.EndsAt.Equal(tried.Trial.EndsAt) || broken.Filter.Trial == nil {
		t.Errorf("the trial is %+v", trial)
	}
	_, err = b.store.ConfirmIPFilter(t.Context(), p, ws, 3, lab)
	b.refused(err, Conflict, "shuts out 192.0.2.77")
	b.move(5 * time.Minute)
	b.revertsAre(1)
	f := b.inForce(ws)
	if want := "203.0.113.0/24, 192.0.2.77 hour"; f.Version != 4 || f.Trial != nil || sketch(f.Rules, b.now()) != want {
		t.Errorf("version %d is %s, want %s", f.Version, sketch(f.Rules, b.now()), want)
	}
	b.move(55 * time.Minute)
	b.endHours(1)
	if f := b.inForce(ws); f.Version != 5 || sketch(f.Rules, b.now()) != "203.0.113.0/24" {
		t.Errorf("version %d is %s", f.Version, sketch(f.Rules, b.now()))
	}
}

// TestTheEndOfAnHourEndsNoTrial also where the hour is in the version that comes back.
func TestTheEndOfAnHourEndsNoTrial(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done, broken := b.brokenGlass("engines", closed(0, "203.0.113.0/24"))
	ws := done.Workspace.ID
	b.move(58 * time.Minute)
	c := tried(2, "203.0.113.0/25", lab.String())
	c.Rules[1].Until = broken.Rule.Until
	trial := b.setFilter(p, ws, c).Trial
	b.move(2 * time.Minute)
	b.endHours(1)
	if f := b.inForce(ws); f.Version != 4 || f.Trial == nil || f.Trial.BackTo != 2 || !f.Trial.EndsAt.Equal(trial.EndsAt) || sketch(f.Rules, b.now()) != "203.0.113.0/25" {
		t.Errorf("%+v", f)
	}
	b.move(3 * time.Minute)
	b.revertsAre(1)
	if f := b.inForce(ws); f.Version != 5 || sketch(f.Rules, b.now()) != "203.0.113.0/24" {
		t.Errorf("version %d is %s", f.Version, sketch(f.Rules, b.now()))
	}
}

func TestAnHourIsNoLongerForAClockThatWasPutBack(t *testing.T) {
	t.Parallel()
	b := lives(t)
	var ws uuid.UUID
	b.one(&ws, "select id from workspaces")
	for table, lasts := range map[string]string{"ip_filter_hours": "1 hour", "break_glass_links": "15 minutes"} {
		switch table {
		case "ip_filter_hours":
			b.exec("insert into ip_filter_hours values ($1, $1, clock_timestamp())", ws)
		default:
			b.exec(`insert into break_glass_links (id, workspace_id, person_id, proof, by_email, asked_by, asked_from, asked_at, ends_at, reason, refused, code_ends_at)
				select $1, $1, id, '', true, 'nobody', '', now(), clock_timestamp(), '', false, clock_timestamp() from persons limit 1`, ws)
		}
		b.exec(fmt.Sprintf("update %s set ends_at = clock_timestamp() + interval '%s'", table, lasts))
		if _, err := b.see(); err != nil || b.ahead("ends_at", table) < 10*time.Minute {
			t.Errorf("%s: one that is in time ends in %s, %v", table, b.ahead("ends_at", table), err)
		}
		b.exec(fmt.Sprintf("update %s set ends_at = clock_timestamp() + interval '%s' + interval '2 minutes'", table, lasts))
		if _, err := b.see(); err != nil || b.ahead("ends_at", table) > 0 {
			t.Errorf("%s: one of another clock ends in %s, %v", table, b.ahead("ends_at", table), err)
		}
	}
}
