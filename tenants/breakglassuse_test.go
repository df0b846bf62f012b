package tenants

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// events are those of a tenant with an action, the newest first.
func (b *bundle) events(tenant uuid.UUID, action string) []Event {
	b.t.Helper()
	events, err := b.store.Events(b.t.Context(), &tenant, EventFilter{Action: action}, Page{Limit: 50})
	b.must(err)
	return events
}

func TestAnOwnerLetsTheirOwnAddressInForAnHour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	ws := done.Workspace.ID
	secret := b.glassLink(p, ws)
	look, err := b.store.LookThroughGlass(t.Context(), secret, lab)
	b.must(err)
	if look.LetIn || look.Open || look.CodeUntil != nil || look.TriesLeft != 5 || look.Host != "engines.longhouse.test" || look.Reason != "a new office" || look.To != "engines@example.com" {
		t.Errorf("%+v", look)
	}
	code := b.glassCode(secret)
	if look, err = b.store.LookThroughGlass(t.Context(), secret, office); err != nil || !look.LetIn || look.LetUntil != nil || !look.CodeUntil.Equal(b.now().Add(10*time.Minute)) {
		t.Errorf("%+v, %v", look, err)
	}
	_, _, err = b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: office})
	b.refused(err, Conflict, "203.0.113.9, the address that you come from, is let in already, for good")
	_, _, err = b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code})
	b.refused(err, Conflict, "not known from which address")
	b.filterMails()
	var before int64
	b.one(&before, "select coalesce(max(version), 0) from routes")
	broken, route, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code[:4] + " " + code[4:], From: netip.MustParseAddr("::ffff:192.0.2.77")})
	b.must(err)
	if f := b.inForce(ws); f.Version != 2 || f.Open || f.Forced || f.Reason != "a new office" || f.ChangedBy != p.Name() || strings.Join(networks(f), " ") != "203.0.113.0/24 192.0.2.77" || route <= before {
		t.Errorf("%+v", f)
	}
	if r := broken.Rule; r.Owner != "engines@example.com" || !r.Until.Equal(b.now().Add(time.Hour)) || r.Hour.Reason != "a new office" {
		t.Errorf("%+v", r)
	}
	if mails := b.filterMails(); len(mails) != 1 || mails[0].By != "engines@example.com" || mails[0].Filter.Reason != "a new office" || mails[0].Changes.Added[0].Hour == nil {
		t.Errorf("mailed is %+v", mails)
	}
	_, _, err = b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: lab})
	b.refused(err, Conflict, "this link was used at 2030-03-01T12:00:00Z")
	_, err = b.store.LookThroughGlass(t.Context(), secret, lab)
	b.refused(err, Conflict, "was used")
	for action, details := range map[string]map[string]string{
		"workspace.ask_break_glass":       {"from": "203.0.113.9", "reason": "a new office", "for": p.Name()},
		"workspace.mail_break_glass_code": {"from": "192.0.2.77"},
		"workspace.break_glass":           {"from": "192.0.2.77", "reason": "a new office", "until": "2030-03-01T13:00:00Z", "version": "2"},
		"workspace.set_ip_filter":         {"version": "2", "added": "192.0.2.77", "reason": "a new office"},
	} {
		e := b.events(done.Tenant.ID, action)[0]
		for name, want := range details {
			if e.Actor != p.Name() || e.Details[name] != want {
				t.Errorf("%s: %+v, want %s %s", action, e, name, want)
			}
		}
	}
	if text := fmt.Sprint(b.events(done.Tenant.ID, "")); strings.Contains(text, code) || strings.Contains(text, secret) {
		t.Errorf("a secret is in %s", text)
	}
}

func TestALinkIsUsedOnceHoweverManyUseItAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	secret := b.glassLink(p, done.Workspace.ID)
	code := b.glassCode(secret)
	var using sync.WaitGroup
	errs := make(chan error, 8)
	for i := range cap(errs) {
		using.Go(func() {
			_, _, err := b.store.BreakGlass(context.Background(), GlassUse{Secret: secret, Code: code, From: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})})
			errs <- err
		})
	}
	using.Wait()
	close(errs)
	good := 0
	for err := range errs {
		if err == nil {
			good++
			continue
		}
		b.refused(err, Conflict, "was used")
	}
	if f := b.inForce(done.Workspace.ID); good != 1 || f.Version != 2 || len(f.Rules) != 2 {
		t.Errorf("%d uses, and %+v", good, f)
	}
}

func TestCodesAreBoundToTheirLinkAndCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	one, other := b.glassLink(p, done.Workspace.ID), b.glassLink(p, done.Workspace.ID)
	use := func(secret, code string) error {
		_, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: lab})
		return err
	}
	b.refused(use(one, "12345678"), Conflict, "no code was mailed")
	first := b.glassCode(one)
	b.move(time.Minute)
	code, others := b.glassCode(one), b.glassCode(other)
	b.glassCode(one)
	code2, wrong := b.glassCodeOf(one), others
	_, err := b.store.AskBreakGlassCode(t.Context(), one, lab)
	b.refused(err, Conflict, "3 codes were mailed")
	b.refused(use(one, "1234567"), Invalid, "has 8 digits")
	b.refused(use(one, "1234567x"), Invalid, "has 8 digits")
	for i, bad := range []string{first, code, wrong, wrong} {
		b.refused(use(one, bad), Conflict, fmt.Sprintf("the code is wrong; %d more", 4-i))
	}
	b.refused(use(one, wrong), Conflict, "for the 5th time")
	b.refused(use(one, code2), Conflict, "5 wrong codes were given")
	b.must(use(other, others))
	if events := b.events(done.Tenant.ID, "workspace.refuse_break_glass"); len(events) != 5 || !strings.Contains(events[0].Details["why"], "worthless") || events[0].Details["from"] != "192.0.2.77" {
		t.Errorf("%+v", events)
	}
}

// TestARehearsalIsNoGuess: else codes could be tried that nobody counts.
func TestARehearsalIsNoGuess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	secret := b.glassLink(p, done.Workspace.ID)
	code := b.glassCode(secret)
	said := map[string]bool{}
	for _, guess := range []string{code, "00000000", "nonsense"} {
		ctx, plan := WithRehearsal(t.Context())
		_, _, err := b.store.BreakGlass(ctx, GlassUse{Secret: secret, Code: guess, From: lab})
		if !errors.Is(err, ErrRehearsed) || len(plan.Events) != 2 {
			t.Errorf("%v, %+v", err, plan)
		}
		said[fmt.Sprint(err, len(plan.Events), plan.Events[0].Action)] = true
	}
	if len(said) != 1 || b.inForce(done.Workspace.ID).Version != 1 {
		t.Errorf("%v", said)
	}
}

func TestLinksAndCodesEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	secret := b.glassLink(p, done.Workspace.ID)
	code := b.glassCode(secret)
	use := func(code string) error {
		_, _, err := b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: lab})
		return err
	}
	b.move(10 * time.Minute)
	b.refused(use(code), Conflict, "the code was good until 2030-03-01T12:10:00Z")
	code = b.glassCode(secret)
	if look, err := b.store.LookThroughGlass(t.Context(), secret, lab); err != nil || !look.CodeUntil.Equal(look.EndsAt) {
		t.Errorf("%+v, %v", look, err)
	}
	b.move(5 * time.Minute)
	b.refused(use(code), Conflict, "this link was good until 2030-03-01T12:15:00Z")
	_, err := b.store.AskBreakGlassCode(t.Context(), secret, lab)
	b.refused(err, Conflict, "was good until")
	g, err := b.store.RequestBreakGlass(t.Context(), p, done.Workspace.ID, "x", lab)
	b.must(err)
	b.move(15 * time.Minute)
	for what, mail := range map[string]func(context.Context, uuid.UUID) (*BreakGlassMail, error){"link": b.store.NewBreakGlassLink, "code": b.store.NewBreakGlassCode} {
		if m, err := mail(t.Context(), g.ID); m != nil || err != nil {
			t.Errorf("a %s that is over is mailed: %+v, %v", what, m, err)
		}
	}
	b.must(b.store.Forget(t.Context()))
	if n := b.count("break_glass_links"); n != 2 {
		t.Errorf("%d links are left", n)
	}
	b.move(25 * time.Hour)
	b.must(b.store.Forget(t.Context()))
	if n := b.count("break_glass_links"); n != 0 {
		t.Errorf("%d links are left", n)
	}
}

// TestLinksGoWithWhatTheyComeFrom: the role, also where it is given back, the password, the workspace.
func TestLinksGoWithWhatTheyComeFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose   func(b *bundle, owner, p Principal, done SignedUp)
		reason Reason
		say    string
	}{
		"the role": {func(b *bundle, owner, _ Principal, done SignedUp) {
			for _, role := range []Role{Admin, Owner} {
				_, err := b.store.SetMember(b.t.Context(), owner, done.Tenant.ID, "second@example.com", role)
				b.must(err)
			}
		}, NotFound, "taken back"},
		"the membership": {func(b *bundle, owner, p Principal, done SignedUp) {
			b.must(b.store.RemoveMember(b.t.Context(), owner, done.Tenant.ID, p.Person))
		}, NotFound, "taken back"},
		"the role, by the version before": {func(b *bundle, _, p Principal, _ SignedUp) {
			b.exec("update members set role = 'admin' where person_id = $1", p.Person)
		}, Forbidden, "only owners get in"},
		"the password": {func(b *bundle, _, p Principal, _ SignedUp) {
			b.exec("update persons set password_hash = 'another' where id = $1", p.Person)
		}, Conflict, "your password or e-mail address has changed"},
		"the service": {func(b *bundle, owner, _ Principal, done SignedUp) {
			_, _, err := b.store.Delete(b.t.Context(), owner, done.Workspace.ID, Deletion{Confirm: "engines"})
			b.must(err)
		}, Conflict, "is being deleted"},
		"the workspace": {func(b *bundle, owner, _ Principal, done SignedUp) {
			_, op, err := b.store.Delete(b.t.Context(), owner, done.Workspace.ID, Deletion{Now: true, Confirm: "engines"})
			b.must(err)
			b.end(*op, Succeeded)
			if n := b.count("break_glass_links") + b.count("ip_filter_hours"); n != 0 {
				b.t.Errorf("%d rows are left", n)
			}
		}, NotFound, "the workspace is removed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			owner, done := b.closedHouse("engines")
			p := b.person("second")
			_, err := b.store.SetMember(t.Context(), owner, done.Tenant.ID, "second@example.com", Owner)
			b.must(err)
			secret := b.glassLink(p, done.Workspace.ID)
			code := b.glassCode(secret)
			link := b.onlyLink()
			c.lose(b, owner, p, done)
			_, _, err = b.store.BreakGlass(t.Context(), GlassUse{Secret: secret, Code: code, From: lab})
			b.refused(err, c.reason, c.say)
			_, err = b.store.LookThroughGlass(t.Context(), secret, lab)
			b.refused(err, c.reason, c.say)
			if m, err := b.store.NewBreakGlassLink(t.Context(), link); m != nil || err != nil {
				t.Errorf("a link is mailed anew: %+v, %v", m, err)
			}
		})
	}
}
