package serve

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAMailSaysHowADomainStands(t *testing.T) {
	t.Parallel()
	wrong := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	d := tenants.Domain{Name: "chat.example.com", Token: "longhouse-domain=x", Target: "engines.longhouse.test", State: tenants.DomainFailing, Primary: true, WrongSince: &wrong}
	m := tenants.DomainMail{To: "ada@example.com", Tenant: "Engine Works", Workspace: "Engines", Slug: "engines", News: tenants.DomainFails, Domain: d}
	got := aboutDomain(m)
	const want = `The workspace Engines of Engine Works is reached by chat.example.com, but the DNS records of this domain are not what they were when it came into service.
Browsers are not sent there any more until they are.
Unless they become right again it is taken out of service on Friday, 15 March 2030, 12:00 UTC. The workspace itself goes on at engines.longhouse.test.

They have to be:

  TXT _longhouse-challenge.chat.example.com  longhouse-domain=x
  CNAME chat.example.com  engines.longhouse.test

What was found is told by

  longhouse domains show engines chat.example.com
`
	if got.To != m.To || got.Subject != "The DNS records of chat.example.com are wrong" || got.Text != want {
		t.Errorf("%s: %s\n%s\nwant\n%s", got.To, got.Subject, got.Text, want)
	}
	for _, news := range tenants.DomainNewsKinds {
		m.News = news
		if got := aboutDomain(m); !strings.Contains(got.Subject, "chat.example.com") || strings.Contains(got.Text, "%!") || !strings.Contains(got.Text, d.Target) {
			t.Errorf("%s: %s\n%s", news, got.Subject, got.Text)
		}
	}
}

func TestTheEdgeIsAskedAsItWantsToBe(t *testing.T) {
	t.Parallel()
	s := datadir.Settings{BaseDomain: "longhouse.test", EdgeHTTP: "127.0.0.1:80"}
	if h := handshake(s); h.Address != "" || h.Never != "" {
		t.Errorf("without TLS: %+v", h)
	}
	s.EdgeHTTPS = "0.0.0.0:443"
	if h := handshake(s); h.Address != "localhost:443" || !strings.Contains(h.Never, "--acme-directory") {
		t.Errorf("with an authority of its own: %+v", h)
	}
	s.ACMEDirectory = "https://ca.example/dir"
	if h := handshake(s); h.Never != "" || h.Greeting != nil {
		t.Errorf("with an issuer: %+v", h)
	}
	s.ProxyProtocol, s.TrustedProxies = true, "10.1.0.0/16"
	if h := handshake(s); h.Greeting != nil {
		t.Errorf("who isn't believed introduces nobody: %+v", h)
	}
	s.TrustedProxies = "10.1.0.0/16,127.0.0.0/8"
	if h := handshake(s); len(h.Greeting) != 16 {
		t.Errorf("behind a proxy of this machine: %+v", h)
	}
}
