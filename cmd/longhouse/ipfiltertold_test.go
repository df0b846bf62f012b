package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// TestWhoSavesAFilterHearsWhereItIsNotInForce with an edge that is cut off: it serves by what it knew.
func TestWhoSavesAFilterHearsWhereItIsNotInForce(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.gateway("north")
	south := c.gateway("south")
	c.route(tenants.Serving)
	c.standing(2)
	if r := c.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1"); strings.Contains(r.out, "not in force") {
		t.Errorf("%s", r.out)
	}
	south.cut.Store(true)
	south.way.CloseClientConnections()
	if r := c.want(exitDone, "ip-filter", "close", "engines"); !strings.Contains(r.out, "not in force yet at") || !strings.Contains(r.out, "south") || strings.Contains(r.out, "north") {
		t.Errorf("%s", r.out)
	}
}

// TestAnIPFilterIsTried by somebody who finds that it lets them in, and by somebody whom it shuts out.
func TestAnIPFilterIsTried(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1")
	if r := s.want(exitRefused, "ip-filter", "confirm", "engines"); !strings.Contains(r.err, "not on trial") {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitDone, "ip-filter", "close", "engines", "--confirm-within", "10"); !strings.Contains(r.out, "on trial until") || !strings.Contains(r.out, "version 1 comes back") {
		t.Errorf("%s", r.out)
	}
	if f := s.filter(); f.Trial == nil || f.Trial.BackTo != 1 {
		t.Errorf("%+v", f)
	}
	s.want(exitDone, "ip-filter", "confirm", "engines", "--dry-run")
	if r := s.want(exitDone, "ip-filter", "confirm", "engines"); strings.Contains(r.out, "on trial") || !strings.Contains(r.out, "closed") {
		t.Errorf("%s", r.out)
	}
	s.want(exitRefused, "ip-filter", "open", "engines", "--confirm-within", "61")
	s.want(exitDone, "ip-filter", "remove", "engines", "127.0.0.1", "--force", "--confirm-within", "1")
	if r := s.want(exitRefused, "ip-filter", "confirm", "engines"); !strings.Contains(r.err, "shuts out 127.0.0.1") {
		t.Errorf("%s", r.err)
	}
}

func TestTheActivityOfAnIPFilter(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1", "--name", "This machine")
	_, err := s.pool.Exec(t.Context(), `insert into ip_denials select id, '192.0.2.7', 41, now() from workspaces where name <> ''`)
	s.must(err)
	r := s.want(exitDone, "ip-filter", "activity", "engines")
	if !strings.Contains(r.out, "This machine") || !strings.Contains(r.out, "never") || !strings.Contains(r.out, "192.0.2.7") || !strings.Contains(r.out, "41") {
		t.Errorf("%s", r.out)
	}
}

func TestAnIPFilterIsSimulated(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1")
	if r := s.want(exitDone, "ip-filter", "simulate", "engines"); !strings.Contains(r.out, "14 sessions of 1 person in the last 7 days would be cut off") || !strings.Contains(r.out, "eve") || !strings.Contains(r.out, "there were 15 sessions of 2 people") {
		t.Errorf("%s", r.out)
	}
	s.stdin = `{"rules": [{"network": "198.51.100.0/24"}, {"network": "127.0.0.0/8"}]}`
	if r := s.want(exitDone, "ip-filter", "simulate", "engines", "--file", "-"); !strings.Contains(r.out, "0 sessions of 0 people") || strings.Contains(r.out, "eve") {
		t.Errorf("%s", r.out)
	}
	s.want(exitUsage, "ip-filter", "simulate", "engines", "--file", t.TempDir()+"/none")
}

func TestAnOwnerAsksForAWayBackIn(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	if r := s.want(exitRefused, "ip-filter", "break-glass", "engines", "--reason", "x"); !strings.Contains(r.err, "everybody is let in") {
		t.Errorf("%s", r.err)
	}
	s.want(exitDone, "ip-filter", "add", "engines", "203.0.113.0/24")
	s.want(exitDone, "ip-filter", "close", "engines", "--force")
	if r := s.want(exitRefused, "ip-filter", "break-glass", "engines", "--reason", "x"); !strings.Contains(r.err, "engines@example.com is not confirmed") {
		t.Errorf("%s", r.err)
	}
	_, err := s.pool.Exec(t.Context(), "update persons set email_confirmed_at = now()")
	s.must(err)
	if r := s.want(exitRefused, "ip-filter", "break-glass", "engines"); !strings.Contains(r.err, "a reason is needed") {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitDone, "ip-filter", "break-glass", "engines", "--reason", "a new office", "--dry-run"); !strings.Contains(r.out, "workspace.ask_break_glass") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "ip-filter", "break-glass", "engines", "--reason", "a new office"); !strings.Contains(r.out, "mailed to   engines@example.com") || !strings.Contains(r.out, "good until") {
		t.Errorf("%s", r.out)
	}
	var link uuid.UUID
	s.must(s.pool.QueryRow(t.Context(), "select id from break_glass_links").Scan(&link))
	mail, err := s.store.NewBreakGlassLink(t.Context(), link)
	s.must(err)
	lab := netip.MustParseAddr("192.0.2.77")
	_, err = s.store.AskBreakGlassCode(t.Context(), mail.Secret, lab)
	s.must(err)
	code, err := s.store.NewBreakGlassCode(t.Context(), link)
	s.must(err)
	_, _, err = s.store.BreakGlass(t.Context(), tenants.GlassUse{Secret: mail.Secret, Code: code.Secret, From: lab})
	s.must(err)
	if r := s.want(exitDone, "ip-filter", "show", "engines"); !strings.Contains(r.out, "192.0.2.77") || !strings.Contains(r.out, ", by break-glass: a new office") {
		t.Errorf("%s", r.out)
	}
	s.stdin = s.want(exitDone, "ip-filter", "show", "engines", "--json").out
	s.want(exitDone, "ip-filter", "set", "engines", "--file", "-", "--force")
	if f := s.filter(); *f.Rules[1].BreakGlass != "a new office" {
		t.Errorf("%+v", f)
	}
}
