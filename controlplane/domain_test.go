package controlplane

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func init() {
	for _, operation := range []string{"list-domains", "get-domain"} {
		expected[operation] = []string{"owner", "admin", "security", "auditor", "operator"}
	}
	for _, operation := range []string{"add-domain", "remove-domain", "check-domain", "set-primary-domain", "unset-primary-domain"} {
		expected[operation] = []string{"owner", "admin"}
	}
	wishes["add-domain"] = func(b *bundle) wish {
		done := b.signUp("engines")
		return wish{"/workspaces/" + done.Workspace.ID + "/domains", done.Token, DomainBody{Name: "chat.example.com"}}
	}
	for operation, verb := range map[string]string{"remove-domain": "", "check-domain": "/check", "set-primary-domain": "/primary", "unset-primary-domain": "/primary"} {
		wishes[operation] = func(b *bundle) wish {
			done := b.signUp("engines")
			at := "/workspaces/" + done.Workspace.ID + "/domains"
			b.want(http.StatusCreated, post, at, done.Token, DomainBody{Name: "chat.example.com"})
			b.serveDomain(done.Workspace.ID, "chat.example.com")
			return wish{at + "/chat.example.com" + verb, done.Token, nil}
		}
	}
}

// serveDomain has a look at a domain find all as it has to be.
func (b *bundle) serveDomain(workspace, name string) {
	b.t.Helper()
	d := b.domainOf(b.uuid(id.Workspace, workspace), name)
	_, err := b.store.SettleDomain(b.t.Context(), d, tenants.DomainSeen{Proof: tenants.FoundRight, Way: tenants.FoundRight, Certificate: tenants.FoundRight,
		Expected: []string{"a TXT record"}, Found: []string{"the TXT record"}})
	b.must(err)
}

func (b *bundle) domainOf(workspace uuid.UUID, name string) tenants.Domain {
	b.t.Helper()
	d, _, err := b.store.Domain(b.t.Context(), workspace, name)
	b.must(err)
	return d
}

func TestADomainIsAddedWithTheRecordsThatItNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/domains"
	if wire := wireRoute(tenants.Route{Hosts: []string{"a.example", "b.example"}, Primary: "b.example"}); wire.PrimaryHost != "b.example" {
		t.Errorf("edges are told %+v", wire)
	}
	var d Domain
	b.want(http.StatusCreated, post, at, done.Token, DomainBody{Name: "Bücher.Example.COM."}).into(t, &d)
	host := b.store.Host("engines")
	if len(d.Records) != 2 || d.Name != "xn--bcher-kva.example.com" || d.Shown != "bücher.example.com" || d.State != "pending" || d.Primary || d.Says == "" {
		t.Fatalf("%+v", d)
	}
	if txt := d.Records[0]; txt.Type != "TXT" || txt.Name != "_longhouse-challenge.xn--bcher-kva.example.com" || !strings.HasPrefix(txt.Value, "longhouse-domain=") || txt.Purpose != "ownership" {
		t.Errorf("%+v", txt)
	}
	if way := d.Records[1]; way != (DNSRecord{"CNAME", d.Name, host, "route"}) {
		t.Errorf("%+v", way)
	}
	b.serveDomain(done.Workspace.ID, d.Name)
	b.want(http.StatusOK, get, at+"/"+d.Name, done.Token, nil).into(t, &d)
	if d.State != "serving" || len(d.Checks) != 1 || d.Checks[0].State != "serving" || d.Checks[0].Found[0] != "the TXT record" || d.Checks[0].Expected[0] != "a TXT record" || d.CheckedAt == nil {
		t.Errorf("%+v", d)
	}
	b.want(http.StatusOK, post, at+"/b%C3%BCcher.example.com/primary", done.Token, nil).into(t, &d)
	var list List[Domain]
	b.want(http.StatusOK, get, at, done.Token, nil).into(t, &list)
	if len(list.Items) != 1 || !list.Items[0].Primary || list.Items[0].Records[0] != d.Records[0] {
		t.Errorf("%+v", list)
	}
	b.want(http.StatusOK, remove, at+"/"+d.Name+"/primary", done.Token, nil).into(t, &d)
	b.want(http.StatusNoContent, remove, at+"/"+d.Name, done.Token, nil)
	b.want(http.StatusNotFound, get, at+"/"+d.Name, done.Token, nil)
	if d.Primary {
		t.Error("it is still the primary one")
	}
}

// A name that is registered as it is can be no alias: its people need addresses.
func TestAnApexIsToldAddresses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/domains"
	var d Domain
	b.want(http.StatusCreated, post, at, done.Token, DomainBody{Name: "example.com"}).into(t, &d)
	if d.Records[1] != (DNSRecord{"ALIAS", "example.com", b.store.Host("engines"), "route"}) {
		t.Errorf("where nobody can say: %+v", d.Records)
	}
	var fails error
	b.server.config.Addresses = func(_ context.Context, host string) ([]netip.Addr, error) {
		if host != b.store.Host("engines") {
			t.Errorf("asked for %s", host)
		}
		return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, fails
	}
	b.want(http.StatusOK, get, at+"/example.com", done.Token, nil).into(t, &d)
	if len(d.Records) != 3 || d.Records[1] != (DNSRecord{"A", "example.com", "192.0.2.1", "route"}) || d.Records[2] != (DNSRecord{"AAAA", "example.com", "2001:db8::1", "route"}) {
		t.Errorf("%+v", d.Records)
	}
	b.server.config.Addresses = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no resolver") }
	b.want(http.StatusOK, get, at+"/example.com", done.Token, nil).into(t, &d)
	if d.Records[1].Type != "ALIAS" {
		t.Errorf("%+v", d.Records)
	}
}

func TestDomainsThatNobodyCanBringAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/domains"
	for name, say := range map[string]string{"other." + b.store.BaseDomain(): "this installation", "192.0.2.1": "IP address", "*.example.com": "wildcard", "co.uk": "suffix", "chat": "one label"} {
		var p Problem
		b.want(http.StatusUnprocessableEntity, post, at, done.Token, DomainBody{Name: name}).into(t, &p)
		if !strings.Contains(p.Detail, say) {
			t.Errorf("%s: %s", name, p.Detail)
		}
	}
	b.want(http.StatusCreated, post, at, done.Token, DomainBody{Name: "chat.example.com"})
	b.want(http.StatusConflict, post, at, done.Token, DomainBody{Name: "CHAT.example.com"})
	b.want(http.StatusConflict, post, at+"/chat.example.com/primary", done.Token, nil)
	b.want(http.StatusNotFound, post, at+"/other.example.com/check", done.Token, nil)
}
