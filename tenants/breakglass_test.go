package tenants

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// lab is an address that filters of tests don't let in.
var lab = netip.MustParseAddr("192.0.2.77")

// mailed are the secrets of all links that can be mailed now, which they are.
func (b *bundle) mailed() (secrets []string) {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select id from break_glass_links where secret_hash is null order by id")
	b.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	b.must(err)
	for _, link := range ids {
		m, err := b.store.NewBreakGlassLink(b.t.Context(), link)
		b.must(err)
		if m != nil {
			secrets = append(secrets, m.Secret)
		}
	}
	return secrets
}

// glassLink is a link that the owner asked for with a reason.
func (b *bundle) glassLink(p Principal, workspace uuid.UUID) (secret string) {
	b.t.Helper()
	g, err := b.store.RequestBreakGlass(b.t.Context(), p, workspace, "a new office", office)
	b.must(err)
	m, err := b.store.NewBreakGlassLink(b.t.Context(), g.ID)
	b.must(err)
	return m.Secret
}

// glassCode has the code for a link mailed.
func (b *bundle) glassCode(secret string) string {
	b.t.Helper()
	_, err := b.store.AskBreakGlassCode(b.t.Context(), secret, lab)
	b.must(err)
	return b.glassCodeOf(secret)
}

// glassCodeOf has the newest code of a link mailed once more, as when the mail server failed: it is another one.
func (b *bundle) glassCodeOf(secret string) string {
	b.t.Helper()
	var link uuid.UUID
	b.one(&link, "select id from break_glass_links where secret_hash = $1", hashSecret(secret))
	m, err := b.store.NewBreakGlassCode(b.t.Context(), link)
	b.must(err)
	return m.Secret
}

// wish is what somebody asked for by an e-mail address, and nobody has answered yet.
func (b *bundle) wish(email, host string) (wish uuid.UUID) {
	b.t.Helper()
	b.must(b.store.AskBreakGlass(b.t.Context(), email, host, lab))
	b.one(&wish, "select id from break_glass_wishes")
	return wish
}

// answers has a wish answered by so many links.
func (b *bundle) answers(what string, wish uuid.UUID, want int) {
	b.t.Helper()
	if n, err := b.store.AnswerBreakGlass(b.t.Context(), wish); err != nil || n != want {
		b.t.Errorf("%s: %d links, %v; want %d", what, n, err, want)
	}
}

// closedHouse is a workspace that runs, and lets in the office alone.
func (b *bundle) closedHouse(slug string) (Principal, SignedUp) {
	b.t.Helper()
	p, done := b.guarded(slug)
	b.confirm(p)
	b.setFilter(p, done.Workspace.ID, closed(0, "203.0.113.0/24"))
	return p, done
}

func TestALinkIsGoodWhile(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_900_000_000, 0)
	good := func(edit func(g *glass)) glass {
		g := glass{link: dbsql.BreakGlassLink{EndsAt: now.Add(time.Minute)}, ws: dbsql.Workspace{State: string(Running)}, role: Owner, same: true}
		edit(&g)
		return g
	}
	for say, edit := range map[string]func(g *glass){
		"was used at":               func(g *glass) { g.link.UsedAt = &now },
		"was good until":            func(g *glass) { g.link.EndsAt = now },
		"5 wrong codes were given":  func(g *glass) { g.link.Tries = 5 },
		"only owners get in":        func(g *glass) { g.role = Admin },
		"you own this workspace's":  func(g *glass) { g.role = "" },
		"password or e-mail":        func(g *glass) { g.same = false },
		"is being deleted":          func(g *glass) { g.ws.State = string(Deleting) },
		"or the workspace is rem":   func(g *glass) { g.ws.State = string(Removing) },
		"the workspace is removed;": func(g *glass) { g.ws.State = string(Deleted) },
	} {
		if err := good(edit).refusal(now); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want ...%s...", err, say)
		}
	}
	for _, state := range []State{Provisioning, Running, Stopping, Stopped, Starting, Hibernating, Hibernated, Waking} {
		if err := good(func(g *glass) { g.ws.State, g.link.Tries = string(state), 4 }).refusal(now); err != nil || slices.Contains(outOfService, state) {
			t.Errorf("%s: %v", state, err)
		}
	}
}

func TestWhatPeopleWriteIsReadAsTheAddressOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := &Store{baseDomain: "longhouse.test"}
	for text, want := range map[string][2]string{
		"":                       {"", ""},
		"Engines":                {"engines", "engines"},
		"engines.longhouse.test": {"engines.longhouse.test", "engines"},
		"https://Engines.longhouse.test:8065/team/channels/x?y": {"engines.longhouse.test", "engines"},
		"chat.example.com.":        {"chat.example.com", ""},
		"http://chat.example.com/": {"chat.example.com", ""},
		"a.b.longhouse.test":       {"a.b.longhouse.test", "a.b"},
	} {
		if host, slug := s.workspaceAt(text); host != want[0] || slug != want[1] {
			t.Errorf("%q is %q and %q, want %q", text, host, slug, want)
		}
	}
}

func TestOnlyOwnersAskForLinks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	ask := func(p Principal, reason string) error {
		_, err := b.store.RequestBreakGlass(t.Context(), p, ws, reason, lab)
		return err
	}
	b.refused(ask(p, "x"), Conflict, "everybody is let in")
	b.setFilter(p, ws, closed(0, "203.0.113.0/24"))
	b.refused(ask(p, "x"), Conflict, "is not confirmed")
	b.confirm(p)
	b.refused(ask(p, " "), Invalid, "a reason is needed")
	b.refused(ask(p, strings.Repeat("x", 201)), Invalid, "at most 200 are allowed")
	for _, role := range Roles[1:] {
		who := b.person(string(role) + "-person")
		_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, string(role)+"-person@example.com", role)
		b.must(err)
		b.refused(ask(who, "x"), Forbidden, "only owners get in")
		b.refused(b.store.Authorize(t.Context(), who, done.Tenant.ID, BreakTheGlass), Forbidden, "does not grant")
	}
	b.refused(ask(b.person("stranger"), "x"), Forbidden, "only owners")
	b.refused(b.store.Authorize(t.Context(), anOperator, done.Tenant.ID, BreakTheGlass), Forbidden, "operators have no")
	if n := b.count("break_glass_links"); n != 0 {
		t.Errorf("%d links", n)
	}
	b.must(b.store.Authorize(t.Context(), p, done.Tenant.ID, BreakTheGlass))
	b.must(ask(b.token(p, done.Tenant.ID, BreakTheGlass), "a new office"))
	link, err := b.store.NewBreakGlassLink(t.Context(), b.onlyLink())
	b.must(err)
	if link.To != "engines@example.com" || link.Host != "engines.longhouse.test" || link.AskedFrom != "192.0.2.77" || link.Reason != "a new office" || !link.EndsAt.Equal(b.now().Add(15*time.Minute)) || link.ByEmail {
		t.Errorf("%+v", link)
	}
	if n := b.count("break_glass_links where secret_hash = $1", []byte(link.Secret)); n != 0 {
		t.Error("the link is kept as it is mailed")
	}
}

func (b *bundle) onlyLink() (link uuid.UUID) {
	b.t.Helper()
	b.one(&link, "select id from break_glass_links")
	return link
}

// TestWhoAsksByAnAddressLearnsNothing: an owner's, an admin's, one that nobody has confirmed and one that nobody has leave the same behind until a
// worker comes, and mail just to the owner.
func TestWhoAsksByAnAddressLearnsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	b.person("admin-person")
	_, err := b.store.SetMember(t.Context(), p, done.Tenant.ID, "admin-person@example.com", Admin)
	b.must(err)
	late, other := b.guarded("late")
	b.setFilter(late, other.Workspace.ID, closed(0, "203.0.113.0/24"))
	b.person("open-person")
	for email, want := range map[string]int{"Engines@Example.com": 1, "admin-person@example.com": 0, "late@example.com": 0, "nobody@example.com": 0, "open-person@example.com": 0} {
		rows := func() int {
			return b.count("break_glass_wishes") + b.count("break_glass_links") + b.count("audit_events")
		}
		before := rows()
		wish := b.wish(email, "")
		if n := rows() - before; n != 2 {
			t.Errorf("%s leaves %d rows", email, n)
		}
		b.answers(email, wish, want)
		b.answers(email+" again", wish, 0)
	}
	m, err := b.store.NewBreakGlassLink(t.Context(), b.onlyLink())
	if err != nil || m.To != "engines@example.com" || !m.ByEmail || m.Reason != "" {
		t.Errorf("%+v, %v", m, err)
	}
	for text, say := range map[[2]string]string{{"nonsense", ""}: "not usable", {"a@example.com", strings.Repeat("x", 256)}: "at most 255"} {
		b.refused(b.store.AskBreakGlass(t.Context(), text[0], text[1], lab), Invalid, say)
	}
}

// TestOneWhoAsksWithoutAWorkspaceGetsALinkForEach that is closed and in service, and not for too many at once.
func TestOneWhoAsksWithoutAWorkspaceGetsALinkForEach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.closedHouse("engines")
	b.exec("update tenants set plan = 'enterprise'")
	oneMore := func(slug string) uuid.UUID {
		ws := b.another(p, slug)
		b.setFilter(p, ws.ID, closed(0, "203.0.113.0/24"))
		return ws.ID
	}
	lab1 := oneMore("lab-one")
	b.another(p, "lab-open")
	b.exec("insert into domains (id, workspace_id, name, token, state, added_by, added_at, state_at, check_at) values ($1, $1, 'chat.example.com', 't', 'serving', 'x', now(), now(), now())", lab1)
	asks := func(host string, want int) {
		t.Helper()
		b.answers("for "+host, b.wish("engines@example.com", host), want)
	}
	asks("", 2)
	asks("https://chat.example.com/x", 1)
	asks("engines", 1)
	asks("lab-open", 0)
	asks("nowhere", 0)
	if n := b.count("break_glass_links where workspace_id = $1", lab1); n != 2 {
		t.Errorf("%d links for the one with the domain", n)
	}
	b.move(time.Hour)
	_, op, err := b.store.Delete(t.Context(), p, done.Workspace.ID, Deletion{Confirm: "engines"})
	b.must(err)
	asks("", 1)
	_, err = b.store.RequestBreakGlass(t.Context(), p, done.Workspace.ID, "x", lab)
	b.refused(err, Conflict, "is being deleted")
	b.end(*op, Succeeded)
	for i := range 6 {
		oneMore(fmt.Sprintf("more-%d", i))
	}
	b.move(time.Hour)
	asks("", 5)
	if n := b.count("break_glass_wishes"); n != 0 {
		t.Errorf("%d are kept", n)
	}
	late := b.wish("engines@example.com", "")
	b.move(time.Hour)
	b.answers("after an hour", late, 0)
}
