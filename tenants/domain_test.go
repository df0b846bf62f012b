package tenants

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var (
	allRight = DomainSeen{Proof: FoundRight, Way: FoundRight, Certificate: FoundRight}
	proven   = DomainSeen{Proof: FoundRight, Way: FoundWrong}
	gone     = DomainSeen{Proof: FoundWrong, Way: FoundWrong}
	silence  = DomainSeen{Proof: FoundNothing, Way: FoundNothing}
)

// domained is a tenant whose workspace is served, and whose owner confirmed the address.
func (b *bundle) domained(slug string) (Principal, uuid.UUID) {
	b.t.Helper()
	done, p := b.signUp(slug)
	b.confirm(p)
	b.end(done.Operation, Succeeded)
	b.routed(done.Workspace.ID, Serving, b.store.Host(slug))
	return p, done.Workspace.ID
}

func (b *bundle) addDomain(p Principal, workspace uuid.UUID, name string) Domain {
	b.t.Helper()
	d, err := b.store.AddDomain(b.t.Context(), p, workspace, name)
	b.must(err)
	return d
}

// look settles what a look at a domain found, and wants it to be so then.
func (b *bundle) look(d Domain, seen DomainSeen, want DomainState) Domain {
	b.t.Helper()
	settled, err := b.store.SettleDomain(b.t.Context(), d, seen)
	b.must(err)
	if settled == nil || settled.State != want {
		b.t.Fatalf("%s is %+v, want %s", d.Name, settled, want)
	}
	return *settled
}

// hosts are those of a workspace's route, and the primary one.
func (b *bundle) hosts(workspace uuid.UUID) string {
	b.t.Helper()
	routes, _, err := b.store.Routes(b.t.Context(), 0)
	b.must(err)
	for _, r := range routes {
		if r.Workspace == workspace {
			return strings.TrimSuffix(strings.Join(r.Hosts, " ")+" > "+r.Primary, " > ")
		}
	}
	return ""
}

func (b *bundle) wantHosts(workspace uuid.UUID, want string) {
	b.t.Helper()
	if got := b.hosts(workspace); got != want {
		b.t.Errorf("edges serve %q, want %q", got, want)
	}
}

func TestADomainComesIntoServiceStepByStep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	d := b.addDomain(p, ws, "Chat.Example.com.")
	if d.Name != "chat.example.com" || d.State != DomainPending || d.ChallengeName() != "_longhouse-challenge.chat.example.com" || d.Target != "engines.longhouse.test" || len(d.Token) < 50 {
		t.Errorf("%+v", d)
	}
	_, err := b.store.SetPrimaryDomain(t.Context(), p, ws, d.Name, true)
	b.refused(err, Conflict, "only one that is serving")
	d = b.look(d, gone, DomainPending)
	b.wantHosts(ws, "engines.longhouse.test")
	d = b.look(d, proven, DomainVerified)
	b.wantHosts(ws, "engines.longhouse.test chat.example.com")
	d = b.look(d, DomainSeen{Proof: FoundRight, Way: FoundRight, Certificate: FoundWrong, Trouble: "refused"}, DomainIssuing)
	if !strings.Contains(d.Says, "refused") {
		t.Error(d.Says)
	}
	d = b.look(d, allRight, DomainServing)
	if got := d.CheckAt.Sub(b.now()); got != 24*time.Hour {
		t.Errorf("it is looked at again after %s", got)
	}
	_, err = b.store.SetPrimaryDomain(t.Context(), p, ws, d.Name, true)
	b.must(err)
	b.wantHosts(ws, "engines.longhouse.test chat.example.com > chat.example.com")
	if host, err := b.store.SiteHost(t.Context(), ws, "engines"); err != nil || host != "chat.example.com" {
		t.Errorf("it calls itself %s, %v", host, err)
	}
	// Whatever sets the route later, as a stop does, leaves them.
	b.routed(ws, Halted, "engines.longhouse.test")
	b.wantHosts(ws, "engines.longhouse.test chat.example.com > chat.example.com")
	for action, want := range map[string]int{"domain.add": 1, "domain.verified": 1, "domain.issuing": 1, "domain.serving": 1, "domain.set_primary": 1, "domain.pending": 0} {
		if n := b.count("audit_events where action = $1", action); n != want {
			t.Errorf("%d events %s", n, action)
		}
	}
	b.must(b.store.RemoveDomain(t.Context(), p, ws, "chat.example.com"))
	b.wantHosts(ws, "engines.longhouse.test")
	if host, err := b.store.SiteHost(t.Context(), ws, "engines"); err != nil || host != "engines.longhouse.test" {
		t.Errorf("it calls itself %s, %v", host, err)
	}
}

// A record of a name that another one holds proves nothing, and who comes later needs a record of their own.
func TestTwoWorkspacesNeverHoldOneName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	q, other := b.domained("thieves")
	d, e := b.addDomain(p, ws, "chat.example.com"), b.addDomain(q, other, "chat.example.com")
	if d.Token == e.Token {
		t.Fatal("two claims are proven by one record")
	}
	d = b.look(d, allRight, DomainServing)
	e = b.look(e, allRight, DomainPending)
	if !strings.Contains(e.Says, "another workspace holds this domain") || strings.Contains(e.Says, "engines") {
		t.Error(e.Says)
	}
	b.wantHosts(other, "thieves.longhouse.test")
	if _, err := b.pool.Exec(t.Context(), "update domains set state = 'verified' where id = $1", e.ID); err == nil {
		t.Error("the database lets two hold it")
	}
	b.must(b.store.RemoveDomain(t.Context(), p, ws, d.Name))
	again := b.addDomain(p, ws, d.Name)
	if again.Token == d.Token {
		t.Error("a name that was given up is proven by the record of before")
	}
	if settled, err := b.store.SettleDomain(t.Context(), d, allRight); err != nil || settled != nil {
		t.Errorf("a late look at what is gone: %+v, %v", settled, err)
	}
	b.look(e, allRight, DomainServing)
	b.look(again, allRight, DomainPending)
	b.wantHosts(ws, "engines.longhouse.test")
	b.wantHosts(other, "thieves.longhouse.test chat.example.com")
}

func (b *bundle) domainNews() (news []string) {
	b.t.Helper()
	rows, err := b.pool.Query(b.t.Context(), "select news from domain_mails order by id")
	b.must(err)
	news, err = pgx.CollectRows(rows, pgx.RowTo[string])
	b.must(err)
	return news
}

func TestRecordsThatAreGoneAreToldOfBeforeAnythingStops(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	d := b.look(b.addDomain(p, ws, "chat.example.com"), allRight, DomainServing)
	_, err := b.store.SetPrimaryDomain(t.Context(), p, ws, d.Name, true)
	b.must(err)
	told := func(want ...string) {
		t.Helper()
		if got := b.domainNews(); !slices.Equal(got, want) {
			t.Errorf("mailed %q, want %q", got, want)
		}
	}
	d = b.look(d, silence, DomainServing) // nobody could say
	told("serving")
	d = b.look(d, DomainSeen{Proof: FoundRight, Way: FoundWrong}, DomainFailing)
	told("serving", "failing")
	b.wantHosts(ws, "engines.longhouse.test chat.example.com") // and browsers are sent nowhere that doesn't lead here
	b.move(2 * 24 * time.Hour)
	d = b.look(d, gone, DomainFailing)
	told("serving", "failing")
	b.move(24 * time.Hour)
	d = b.look(d, gone, DomainFailing)
	d = b.look(d, silence, DomainFailing)
	told("serving", "failing", "still_failing")
	d = b.look(d, allRight, DomainServing)
	b.wantHosts(ws, "engines.longhouse.test chat.example.com > chat.example.com")
	told("serving", "failing", "still_failing", "serving")
	d = b.look(d, gone, DomainFailing)
	b.move(14*24*time.Hour - 4*time.Hour)
	d = b.look(d, gone, DomainFailing)
	b.put(5 * time.Hour) // the clock leapt
	d = b.look(d, gone, DomainFailing)
	b.put(-5 * time.Hour)
	b.move(4 * time.Hour)
	d = b.look(d, gone, DomainLapsed)
	b.wantHosts(ws, "engines.longhouse.test")
	if news := b.domainNews(); news[len(news)-1] != "lapsed" {
		t.Errorf("mailed %q", news)
	}
	// It comes back by itself, by the same record.
	b.look(d, allRight, DomainServing)
	b.wantHosts(ws, "engines.longhouse.test chat.example.com > chat.example.com")
}

func TestDomainsGoWithTheirWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	d := b.look(b.addDomain(p, ws, "chat.example.com"), allRight, DomainServing)
	b.must(b.tls().Put(t.Context(), "certificates/ca/chat.example.com/chat.example.com.key", []byte("x")))
	b.must(b.store.inTx(t.Context(), func(tx pgx.Tx) error { return b.store.bury(t.Context(), tx, ws) }))
	if n := b.count("domains") + b.count("domain_checks") + b.count("domain_mails") + b.count("tls_values where key like '%.key'"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	_, err := b.store.AddDomain(t.Context(), p, ws, "chat.example.com")
	b.refused(err, Conflict, "deleted")
	q, other := b.domained("heirs")
	e := b.addDomain(q, other, "chat.example.com")
	if e.Token == d.Token {
		t.Error("whoever comes next is proven by the record of before")
	}
	b.look(e, gone, DomainPending)
	b.wantHosts(other, "heirs.longhouse.test")
}

// A backup may hold a name that was given up since, and that somebody else has by now.
func TestAfterARestoreADomainProvesItselfAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	d := b.look(b.addDomain(p, ws, "chat.example.com"), allRight, DomainServing)
	e := b.look(b.addDomain(p, ws, "talk.example.com"), allRight, DomainServing)
	b.must(b.store.Restored(t.Context(), b.now(), auditKey))
	due, err := b.store.ClaimDomains(t.Context(), 10)
	b.must(err)
	if len(due) != 2 {
		t.Errorf("%d are looked at first", len(due))
	}
	b.look(d, gone, DomainLapsed)
	b.look(e, proven, DomainFailing) // its own record is there
	b.wantHosts(ws, "engines.longhouse.test talk.example.com")
}

// Longhouse of the version before sets routes without domains.
func TestARouteThatLostItsDomainsGetsThemBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, ws := b.domained("engines")
	d := b.look(b.addDomain(p, ws, "chat.example.com"), allRight, DomainServing)
	b.exec("update routes set hosts = '{engines.longhouse.test}', version = version + 1")
	b.look(d, allRight, DomainServing)
	b.wantHosts(ws, "engines.longhouse.test chat.example.com")
	before := b.routeOf().Version
	b.look(d, allRight, DomainServing)
	if b.routeOf().Version != before {
		t.Error("edges are told of a route that is as it was")
	}
}

func TestStatesOfDomainsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for constraint, words := range map[string][]string{"domains_state_check": texts(DomainStates), "domain_mails_news_check": texts(DomainNewsKinds)} {
		var check string
		b.must(b.pool.QueryRow(t.Context(), "select pg_get_constraintdef(oid) from pg_constraint where conname = $1", constraint).Scan(&check))
		if strings.Count(check, "::text") < len(words) || strings.Count(check, "'") != 2*len(words) {
			t.Errorf("%s: %s, want %q", constraint, check, words)
		}
		for _, word := range words {
			if !strings.Contains(check, "'"+word+"'") {
				t.Errorf("%s lacks %s", constraint, word)
			}
		}
	}
}

func TestHowOftenADomainIsLookedAt(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state DomainState
		since time.Duration
		want  time.Duration
	}{
		{DomainPending, 0, 10 * time.Second}, {DomainPending, time.Hour, 3 * time.Minute}, {DomainPending, 7 * 24 * time.Hour, time.Hour}, {DomainPending, 31 * 24 * time.Hour, 24 * time.Hour},
		{DomainVerified, 0, 10 * time.Second}, {DomainLapsed, 7 * 24 * time.Hour, time.Hour},
		{DomainIssuing, 0, 2 * time.Second}, {DomainIssuing, 24 * time.Hour, 10 * time.Minute},
		{DomainServing, time.Hour, 24 * time.Hour}, {DomainFailing, 24 * time.Hour, time.Hour},
	} {
		if got := (Domain{State: c.state, StateAt: at.Add(-c.since)}).pause(at); got != c.want {
			t.Errorf("%s for %s: %s, want %s", c.state, c.since, got, c.want)
		}
	}
}
