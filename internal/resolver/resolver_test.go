package resolver_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/resolver"
	"github.com/longhouse-dev/longhouse/internal/resolver/testdns"
)

func setup(t *testing.T) (*testdns.Server, *resolver.Resolver) {
	t.Helper()
	server := testdns.New(t)
	r, err := resolver.New(server.Address)
	if err != nil {
		t.Fatal(err)
	}
	return server, r
}

func TestRecordsAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	server, r := setup(t)
	server.Set("chat.example.com", "CNAME acme.Longhouse.example.")
	server.Set("acme.longhouse.example", "A 192.0.2.1", "AAAA 2001:db8::1")
	server.Set("_x.chat.example.com", `TXT "one" "part"`, `TXT other`)
	texts, err := r.TXT(t.Context(), "_x.chat.example.com")
	if err != nil || strings.Join(texts, "|") != "onepart|other" {
		t.Errorf("%q, %v", texts, err)
	}
	aliases, err := r.Aliases(t.Context(), "chat.example.com")
	if err != nil || strings.Join(aliases, "|") != "acme.longhouse.example" {
		t.Errorf("%q, %v", aliases, err)
	}
	addresses, err := r.Addresses(t.Context(), "CHAT.example.com")
	if want := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}; err != nil || fmt.Sprint(addresses) != fmt.Sprint(want) {
		t.Errorf("%v, %v", addresses, err)
	}
}

// That a name isn't there is known; that nobody could say is not the same.
func TestNothingIsToldFromNoAnswer(t *testing.T) {
	t.Parallel()
	server, r := setup(t)
	if texts, err := r.TXT(t.Context(), "nobody.example.com"); err != nil || len(texts) > 0 {
		t.Errorf("%q, %v", texts, err)
	}
	server.Break(true)
	if _, err := r.TXT(t.Context(), "nobody.example.com"); err == nil || !strings.Contains(err.Error(), "SERVFAIL") {
		t.Errorf("%v", err)
	}
}

func TestWhatDoesNotFitIsAskedForByTCP(t *testing.T) {
	t.Parallel()
	server, r := setup(t)
	many := make([]string, 30)
	for i := range many {
		many[i] = fmt.Sprintf("TXT %d%s", i, strings.Repeat("x", 200))
	}
	server.Set("chat.example.com", many...)
	texts, err := r.TXT(t.Context(), "chat.example.com")
	if err != nil || len(texts) != len(many) || server.Asked("tcp") != 1 || server.Asked("udp") != 1 {
		t.Errorf("%q, %v, %d by TCP", texts, err, server.Asked("tcp"))
	}
}

func TestAResolverIsHostAndPort(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"192.0.2.1", ":53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:domain", "192.0.2.1:65536"} {
		if _, err := resolver.New(server); err == nil || !strings.Contains(err.Error(), server) {
			t.Errorf("%q: %v", server, err)
		}
	}
	for _, server := range []string{"", "192.0.2.1:53", "[2001:db8::1]:53", "ns.example.com:5353"} {
		if _, err := resolver.New(server); err != nil {
			t.Errorf("%q: %v", server, err)
		}
	}
}
