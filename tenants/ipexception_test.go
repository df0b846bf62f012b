package tenants

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"
)

// hashed is a token as it is kept.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// hook lets a network post by these incoming webhooks.
func hook(network string, tokens ...string) IPExceptionWish {
	e := IPExceptionWish{For: IncomingWebhook, Network: network, Enabled: true}
	for _, token := range tokens {
		e.Tokens = append(e.Tokens, hashed(token))
	}
	return e
}

func except(version int64, list ...IPExceptionWish) IPFilterChange {
	c := closed(version, "203.0.113.0/24")
	if c.Exceptions = list; list == nil {
		c.Exceptions = []IPExceptionWish{}
	}
	return c
}

func TestExceptionsAreKeptAndToldToEdges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	until := b.now().Add(24 * time.Hour)
	scim := IPExceptionWish{For: SCIM, Network: "::ffff:140.82.112.0/116", Tokens: []string{hashed("s")}, Name: "Directory", Owner: "ada@example.com", Until: &until}
	f := b.setFilter(p, ws, except(0, hook("140.82.112.0/20", "b", "a", "b"), scim))
	first := f.Exceptions[0]
	if len(f.Exceptions) != 2 || first.Network.String() != "140.82.112.0/20" || len(first.Tokens) != 2 || first.Tokens[0] > first.Tokens[1] || first.AddedBy != p.Name() || !first.AddedAt.Equal(b.now()) {
		t.Errorf("%+v", f.Exceptions)
	}
	read, err := b.store.IPFilter(t.Context(), ws)
	if b.must(err); !reflect.DeepEqual(read.Exceptions, f.Exceptions) {
		t.Errorf("kept is %+v", read.Exceptions)
	}
	routes, _, err := b.store.Routes(t.Context(), 0)
	b.must(err)
	if pass := routes[0].Filter.Pass; len(pass) != 1 || pass[0].For != "incoming_webhook" || pass[0].Network != "140.82.112.0/20" || len(pass[0].Tokens) != 2 {
		t.Errorf("edges are told %+v", pass) // not of the one that is disabled
	}
	trail, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.set_ip_filter"}, Page{Limit: 9})
	b.must(err)
	if got := trail[0].Details["exceptions_added"]; got != "incoming_webhook:140.82.112.0/20 scim:140.82.112.0/20" {
		t.Errorf("the trail has %q", got)
	}
	b.move(time.Minute)
	again := hook("140.82.112.0/20", "a")
	f = b.setFilter(p, ws, except(1, again))
	if e := f.Exceptions[0]; e.AddedAt.Equal(b.now()) || len(e.Tokens) != 1 {
		t.Errorf("one that is there already is %+v", e)
	}
	history, err := b.store.IPFilterHistory(t.Context(), ws, 0, 9)
	b.must(err)
	if h := history[0]; h.Added != 0 || h.Removed != 1 || h.Changed != 1 {
		t.Errorf("%+v", h)
	}
	mails := b.filterMails()
	if d := mails[len(mails)-1].Changes.Exceptions; len(d.Removed) != 1 || len(d.Changed) != 1 {
		t.Errorf("%+v", d)
	}
}

// TestWhoDoesNotKnowOfExceptionsLeavesThemAsTheyAre: also a client of before there were any, which sends none.
func TestWhoDoesNotKnowOfExceptionsLeavesThemAsTheyAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.setFilter(p, done.Workspace.ID, except(0, hook("140.82.112.0/20", "a")))
	if f := b.setFilter(p, done.Workspace.ID, closed(1, "203.0.113.9")); f.Version != 2 || len(f.Exceptions) != 1 {
		t.Errorf("%+v", f)
	}
	if f := b.setFilter(p, done.Workspace.ID, except(2)); len(f.Exceptions) != 0 {
		t.Errorf("none were wanted: %+v", f)
	}
}

func TestWhatIsWrongWithAnExceptionIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	past := b.now()
	many, tooMany := make([]IPExceptionWish, 101), make([]string, 101)
	for name, c := range map[string]struct {
		field, say string
		list       []IPExceptionWish
	}{
		"no purpose":      {"exceptions[0].for", "allowed are incoming_webhook and scim", []IPExceptionWish{{Network: "::/0", Tokens: []string{hashed("a")}}}},
		"no token":        {"exceptions[0].tokens", "has 0 tokens; allowed are 1 to 100", []IPExceptionWish{hook("::/0")}},
		"too many tokens": {"exceptions[0].tokens", "has 101 tokens", []IPExceptionWish{{For: SCIM, Network: "::/0", Tokens: tooMany}}},
		"a bare token":    {"exceptions[1].tokens", "the token itself is not sent", []IPExceptionWish{hook("::/0", "a"), {For: SCIM, Network: "::/0", Tokens: []string{"secret"}}}},
		"no network":      {"exceptions[0].network", "exception 1:", []IPExceptionWish{hook("10.1", "a")}},
		"a long name":     {"exceptions[0].name", "at most 64", []IPExceptionWish{{For: SCIM, Network: "::/0", Tokens: []string{hashed("a")}, Name: strings.Repeat("x", 65)}}},
		"twice":           {"exceptions[1].network", "exceptions 1 and 2 are both for incoming_webhook from ::/0", []IPExceptionWish{hook("::/0", "a"), hook("0::0/0", "b")}},
		"over":            {"exceptions[0].until", "which is past", []IPExceptionWish{{For: SCIM, Network: "::/0", Tokens: []string{hashed("a")}, Until: &past}}},
		"too many":        {"exceptions", "may have 100 exceptions, and this one has 101", many},
	} {
		_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, except(0, c.list...))
		b.refused(err, Invalid, c.say)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: it repeats what may be a token: %v", name, err)
		}
	}
	// They let nobody in to the workspace, so that a filter without a rule shuts everybody out.
	only := IPFilterChange{From: office, Exceptions: []IPExceptionWish{hook("0.0.0.0/0", "a")}}
	_, _, err := b.store.SetIPFilter(t.Context(), p, done.Workspace.ID, only)
	b.refused(err, Conflict, "lets nobody in")
}

func TestWhatComesBackAfterATrialHasItsExceptions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	first := b.setFilter(p, ws, except(0, hook("140.82.112.0/20", "a")))
	trial := except(1)
	trial.ConfirmWithin = 5 * time.Minute
	if second := b.setFilter(p, ws, trial); len(second.Exceptions) != 0 {
		t.Fatalf("%+v", second.Exceptions)
	}
	b.move(5 * time.Minute)
	b.revertsAre(1)
	if f := b.inForce(ws); f.Version != 3 || !reflect.DeepEqual(f.Exceptions, first.Exceptions) {
		t.Errorf("%+v", f)
	}
}
