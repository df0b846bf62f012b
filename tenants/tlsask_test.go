package tenants

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// asker asks for certificates of one issuer, under one domain.
type asker struct {
	*bundle
	limits TLSLimits
}

func (a asker) ask(host string) (int64, error) {
	return a.tls().Ask(a.t.Context(), TLSAsk{Host: host, Issuer: "ca", Domain: "longhouse.test"}, a.limits)
}

// gets asks, and is issued one.
func (a asker) gets(host string) {
	a.t.Helper()
	id, err := a.ask(host)
	a.must(err)
	a.must(a.tls().EndAsk(a.t.Context(), id, ""))
}

// waits is told to wait for this long.
func (a asker) waits(host string, d time.Duration, say string) {
	a.t.Helper()
	wait := (*TLSWait)(nil)
	if _, err := a.ask(host); !errors.As(err, &wait) || !wait.Until.Equal(a.now().Add(d)) || !strings.Contains(wait.Said, say) ||
		!strings.Contains(wait.Said, "it goes on at "+wait.Until.Format(time.RFC3339)) {
		a.t.Errorf("%s: %v, want %s and ...%s...", host, err, d, say)
	}
}

func (b *bundle) asker(limits TLSLimits, hosts ...string) (a asker, workspace uuid.UUID) {
	b.t.Helper()
	done, _ := b.signUp("acme")
	b.routed(done.Workspace.ID, Serving, hosts...)
	return asker{b, limits}, done.Workspace.ID
}

func TestFirstCertificatesUnderADomainAreBoundedAndRenewalsAreNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, _ := b.asker(TLSLimits{PerDomain: 2}, "a.longhouse.test", "b.longhouse.test", "c.longhouse.test")
	a.gets("a.longhouse.test")
	b.put(time.Hour)
	a.gets("b.longhouse.test")
	b.put(time.Hour)
	a.waits("c.longhouse.test", tlsWeek-2*time.Hour, "2 hosts under longhouse.test got their first TLS certificate within 7 days")
	for range 5 {
		a.gets("a.longhouse.test") // which renews
	}
	_, err := b.tls().Ask(t.Context(), TLSAsk{Host: "c.longhouse.test", Issuer: "ca", Domain: "elsewhere.test"}, a.limits)
	b.must(err) // another domain
	_, err = b.tls().Ask(t.Context(), TLSAsk{Host: "c.longhouse.test", Issuer: "other", Domain: "longhouse.test"}, a.limits)
	b.must(err) // another issuer
	for range 4 {
		_, err = b.tls().Ask(t.Context(), TLSAsk{Host: "c.longhouse.test", Issuer: LocalTLSIssuer, Domain: "longhouse.test"}, a.limits)
		b.must(err) // our own
	}
	b.put(tlsWeek - 2*time.Hour)
	a.gets("c.longhouse.test")
}

func TestFirstCertificatesOfAWorkspaceAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, _ := b.asker(TLSLimits{PerWorkspace: 1}, "a.longhouse.test", "b.longhouse.test")
	other, _ := b.signUp("other")
	b.routed(other.Workspace.ID, Serving, "other.longhouse.test")
	a.gets("a.longhouse.test")
	a.waits("b.longhouse.test", tlsWeek, "1 hosts of this workspace")
	a.gets("other.longhouse.test")
}

func TestCertificatesAndFailuresOfAHostAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, _ := b.asker(TLSLimits{PerHost: 2, Failures: 2}, "a.longhouse.test", "b.longhouse.test")
	a.gets("a.longhouse.test")
	a.gets("a.longhouse.test")
	a.waits("a.longhouse.test", tlsWeek, "2 TLS certificates were issued for a.longhouse.test")
	for range 2 {
		id, err := a.ask("b.longhouse.test")
		b.must(err)
		b.must(b.tls().EndAsk(t.Context(), id, "no \x00such address"))
	}
	a.waits("b.longhouse.test", time.Hour, "2 attempts to get a TLS certificate for b.longhouse.test failed within an hour")
	b.put(time.Hour)
	a.gets("b.longhouse.test")
	b.put(-24 * time.Hour) // the clock was ahead: what lies ahead of it now holds nobody up
	a.gets("a.longhouse.test")
}

// Two edges that ask at the same moment come to no more than one that asks twice.
func TestAskersAreCountedOneAfterAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, _ := b.asker(TLSLimits{PerHost: 3}, "a.longhouse.test")
	var all sync.WaitGroup
	var let atomic.Int64
	for range 8 {
		all.Go(func() {
			if _, err := a.ask("a.longhouse.test"); err == nil {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if n := let.Load(); n != 3 {
		t.Errorf("%d were let", n)
	}
}

func TestNobodyAsksForAHostThatNobodyHas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, workspace := b.asker(TLSLimits{}, "a.longhouse.test")
	for _, host := range []string{"b.longhouse.test", "*.a.longhouse.test", "*.test"} {
		_, err := a.ask(host)
		b.refused(err, Forbidden, "no workspace has the host")
	}
	a.gets("*.longhouse.test") // which all share
	_, err := a.ask("")
	b.refused(err, Invalid, "")
	b.routed(workspace, Gone)
	_, err = a.ask("a.longhouse.test")
	b.refused(err, Forbidden, "")
}

// What was asked for a host that was given up is counted on, and names nobody.
func TestAsksOfAHostThatIsGoneNameNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, workspace := b.asker(TLSLimits{PerDomain: 1}, "a.longhouse.test")
	a.gets("a.longhouse.test")
	id, err := a.ask("a.longhouse.test")
	b.must(err)
	b.must(b.tls().EndAsk(t.Context(), id, "a.longhouse.test is blocked"))
	b.routed(workspace, Gone)
	if n := b.count("tls_asks where host <> '' or workspace_id is not null or failed <> ''"); n != 0 {
		t.Errorf("%d name somebody", n)
	}
	other, _ := b.signUp("other")
	b.routed(other.Workspace.ID, Serving, "other.longhouse.test")
	a.waits("other.longhouse.test", tlsWeek, "1 hosts under longhouse.test")
	b.put(3 * tlsWeek)
	a.gets("other.longhouse.test")
	if n := b.count("tls_asks"); n != 1 {
		t.Errorf("%d are kept", n)
	}
}
