package maintenance

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/resolver"
	"github.com/longhouse-dev/longhouse/internal/resolver/testdns"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// domained is a workspace that claims a domain, with a name server that is asked for real.
type domained struct {
	*bundle
	names     *testdns.Server
	domains   Domains
	workspace uuid.UUID
	host      string
}

func setupDomains(t *testing.T) *domained {
	t.Helper()
	d := &domained{bundle: setup(t), names: testdns.New(t)}
	asked, err := resolver.New(d.names.Address)
	d.must(err)
	d.domains = Domains{Store: d.store, Names: asked, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}
	list, err := d.store.Workspaces(t.Context(), tenants.WorkspaceFilter{Within: tenants.Everywhere, Tenant: &d.tenant}, tenants.Page{Limit: 1})
	d.must(err)
	d.workspace, d.host = list[0].ID, d.store.Host(list[0].Slug)
	d.names.Set(d.host, "A 192.0.2.1", "AAAA 2001:db8::1")
	return d
}

func (d *domained) add(name string) tenants.Domain {
	d.t.Helper()
	added, err := d.store.AddDomain(d.t.Context(), d.owner, d.workspace, name)
	d.must(err)
	return added
}

// looked lets a while pass, has what is due looked at, and returns the domain with what was found last.
func (d *domained) looked(after time.Duration, name string) (tenants.Domain, tenants.DomainCheck) {
	d.t.Helper()
	d.move(after)
	var under sync.WaitGroup
	d.must(d.domains.begin(d.t.Context(), make(chan struct{}, domainsAtOnce), &under))
	under.Wait()
	is, checks, err := d.store.Domain(d.t.Context(), d.workspace, name)
	d.must(err)
	if len(checks) == 0 {
		d.t.Fatalf("nobody looked at %s", name)
	}
	return is, checks[0]
}

func TestADomainIsServedByItsRecords(t *testing.T) {
	t.Parallel()
	d := setupDomains(t)
	added := d.add("chat.example.com")
	is, check := d.looked(0, added.Name)
	if is.State != tenants.DomainPending || !slices.Contains(check.Found, "TXT _longhouse-challenge.chat.example.com: none") || !slices.Contains(check.Found, "addresses of chat.example.com: none") ||
		!slices.Contains(check.Expected, "CNAME chat.example.com is "+d.host) || !slices.Contains(check.Expected, "TXT _longhouse-challenge.chat.example.com is "+added.Token) {
		t.Errorf("%+v, %+v", is, check)
	}
	d.names.Set("_longhouse-challenge.chat.example.com", "TXT somebody-else")
	if is, check = d.looked(time.Minute, added.Name); is.State != tenants.DomainPending || !slices.Contains(check.Found, "TXT _longhouse-challenge.chat.example.com: somebody-else") {
		t.Errorf("%+v, %+v", is, check)
	}
	d.names.Set("_longhouse-challenge.chat.example.com", "TXT somebody-else", "TXT "+added.Token)
	d.names.Set(added.Name, "A 198.51.100.1")
	if is, check = d.looked(time.Minute, added.Name); is.State != tenants.DomainVerified || !slices.Contains(check.Found, "addresses of chat.example.com: 198.51.100.1") {
		t.Errorf("%+v, %+v", is, check)
	}
	d.names.Set(added.Name, "CNAME "+d.host+".")
	if is, _ = d.looked(time.Minute, added.Name); is.State != tenants.DomainServing { // there is no TLS
		t.Errorf("%+v", is)
	}
	if due, err := d.store.ClaimDomains(t.Context(), 1); err != nil || len(due) > 0 {
		t.Errorf("it is looked at again at once: %v", err)
	}
	d.names.Break(true)
	if is, check = d.looked(25*time.Hour, added.Name); is.State != tenants.DomainServing || !strings.Contains(check.Found[0], "nobody could say") {
		t.Errorf("without an answer: %+v, %+v", is, check)
	}
	d.names.Break(false)
	d.names.Set("_longhouse-challenge.chat.example.com")
	if is, _ = d.looked(25*time.Hour, added.Name); is.State != tenants.DomainFailing {
		t.Errorf("%+v", is)
	}
	if is, _ = d.looked(14*24*time.Hour, added.Name); is.State != tenants.DomainLapsed {
		t.Errorf("%+v", is)
	}
	d.names.Set("_longhouse-challenge.chat.example.com", "TXT "+added.Token)
	if is, _ = d.looked(time.Hour, added.Name); is.State != tenants.DomainServing {
		t.Errorf("it does not come back: %+v", is)
	}
}

// A name that is registered as it is has addresses; one that leads elsewhere, too, serves only some of those who come.
func TestANameLeadsHereByAddressesOfTheHostAlone(t *testing.T) {
	t.Parallel()
	d := setupDomains(t)
	added := d.add("example.com")
	d.names.Set(added.ChallengeName(), "TXT "+added.Token)
	for records, want := range map[string]tenants.DomainState{"A 192.0.2.1": tenants.DomainServing, "A 192.0.2.1|AAAA 2001:db8::1": tenants.DomainServing,
		"A 192.0.2.1|A 192.0.2.2": tenants.DomainVerified, "AAAA 2001:db8::2": tenants.DomainVerified} {
		d.names.Set(added.Name, strings.Split(records, "|")...)
		seen := d.domains.look(t.Context(), added)
		if got := seen.Way == tenants.FoundRight; got != (want == tenants.DomainServing) {
			t.Errorf("%s: %+v", records, seen)
		}
	}
	// An alias of another name that leads here is followed.
	chat := d.add("chat.example.com")
	d.names.Set("elsewhere.example.net", "CNAME "+d.host+".")
	d.names.Set(chat.Name, "CNAME elsewhere.example.net.")
	if seen := d.domains.look(t.Context(), chat); seen.Way != tenants.FoundRight {
		t.Errorf("%+v", seen)
	}
}

// What stands in somebody's zone is shown to people and kept in our tables.
func TestNobodyFillsOurTablesFromTheirZone(t *testing.T) {
	t.Parallel()
	d := setupDomains(t)
	added := d.add("chat.example.com")
	records := []string{`TXT "bell \007 and \255"`}
	for range 30 {
		records = append(records, "TXT "+strings.Repeat("x", 250))
	}
	d.names.Set(added.ChallengeName(), records...)
	_, check := d.looked(0, added.Name)
	found := strings.Join(check.Found, "\n")
	if len(found) > 4000 || strings.ContainsAny(found, "\a\x00") || !strings.Contains(found, "and 23 more") {
		t.Errorf("%q", found)
	}
}

// secureEdge shows a certificate for a name, once it is told that it may.
func secureEdge(t *testing.T, name string, until time.Time) (address string, issue func()) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	issued := make(chan struct{})
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		select {
		case <-issued:
			return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, nil
		default:
			return nil, errors.New("the issuer refuses")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			go func() { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() }()
		}
	}()
	return l.Addr().String(), func() { close(issued) }
}

func TestADomainIsServedOnceAnEdgeShowsItsCertificate(t *testing.T) {
	t.Parallel()
	d := setupDomains(t)
	var issue func()
	d.domains.Edge.Address, issue = secureEdge(t, "chat.example.com", time.Now().Add(time.Hour))
	added := d.add("chat.example.com")
	d.names.Set(added.ChallengeName(), "TXT "+added.Token)
	d.names.Set(added.Name, "CNAME "+d.host+".")
	if is, _ := d.looked(0, added.Name); is.State != tenants.DomainIssuing { // edges don't know of it before
		t.Errorf("%+v", is)
	}
	if is, _ := d.looked(time.Minute, added.Name); is.State != tenants.DomainIssuing || !strings.Contains(is.Says, "the edge showed none that is good") {
		t.Errorf("%+v", is)
	}
	_, err := d.store.SetPrimaryDomain(t.Context(), d.owner, d.workspace, added.Name, true)
	if err == nil {
		t.Error("browsers are sent to a name without a certificate")
	}
	issue()
	if is, _ := d.looked(time.Hour, added.Name); is.State != tenants.DomainServing {
		t.Errorf("%+v", is)
	}
}

func TestACertificateIsForTheNameAndGoodNow(t *testing.T) {
	t.Parallel()
	for name, until := range map[string]time.Time{"other.example.com": time.Now().Add(time.Hour), "chat.example.com": time.Now().Add(-time.Hour)} {
		address, issue := secureEdge(t, name, until)
		issue()
		if err := (Handshake{Address: address}).Shake(t.Context(), "chat.example.com"); err == nil {
			t.Errorf("one for %s until %s is taken", name, until)
		}
	}
	if err := (Handshake{Address: "127.0.0.1:1", Never: "no issuer"}).Shake(t.Context(), "chat.example.com"); err == nil || err.Error() != "no issuer" {
		t.Error(err)
	}
}

// An edge that hears from proxies who comes hears it from us as well.
func TestTheGreetingComesFirst(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		_ = (Handshake{Address: l.Addr().String(), Greeting: []byte("hello")}).Shake(t.Context(), "chat.example.com")
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 6)
	if _, err := io.ReadFull(conn, got); err != nil || string(got[:5]) != "hello" || got[5] != 0x16 {
		t.Errorf("%q, %v", got, err)
	}
}

// A zone whose servers hang takes a place, and no more than that.
func TestAHangingZoneKeepsNoOtherDomainBack(t *testing.T) {
	t.Parallel()
	d := setupDomains(t)
	slow, quick := d.add("slow.example.com"), d.add("quick.example.com")
	d.names.Set(quick.ChallengeName(), "TXT "+quick.Token)
	d.names.Hang(slow.ChallengeName())
	places := make(chan struct{}, domainsAtOnce)
	ctx, cancel := context.WithCancel(t.Context())
	var under sync.WaitGroup
	d.must(d.domains.begin(ctx, places, &under))
	deadline, tick := time.After(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for is := quick; is.State != tenants.DomainVerified || len(places) != 1; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the other one is %s, and %d places are taken", is.State, len(places))
		}
		var err error
		is, _, err = d.store.Domain(t.Context(), d.workspace, quick.Name)
		d.must(err)
	}
	if is, _, err := d.store.Domain(t.Context(), d.workspace, slow.Name); err != nil || is.CheckedAt != nil {
		t.Errorf("%+v, %v", is, err)
	}
	cancel()
	under.Wait()
}
