package certs

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newWildcardRig is an edge to which no other check than DNS-01 finds its way, unless by says so.
func newWildcardRig(t *testing.T, by int) *acmeRig {
	t.Helper()
	r := newACMERig(t, by, 90*24*3600)
	r.config.BaseDomain = "longhouse.localhost"
	r.config.ACME.DNS = DNS{Server: r.acme.Zone.Address, Zone: "longhouse.localhost", KeyFile: r.acme.Zone.KeyFile}
	must(t, r.config.ACME.Validate())
	return r
}

func TestHostsUnderTheBaseDomainShareOneCertificate(t *testing.T) {
	t.Parallel()
	r := newWildcardRig(t, noWay)
	r.hosts.set("a.longhouse.localhost", "b.longhouse.localhost", "deep.a.longhouse.localhost")
	r.serve()
	var leafs []*x509.Certificate
	for _, host := range []string{"a.longhouse.localhost", "b.longhouse.localhost"} {
		await(t, func() error {
			conn, err := r.dial(host) // its roots and its name are checked here
			if err == nil {
				leafs = append(leafs, conn.ConnectionState().PeerCertificates[0])
			}
			return err
		})
	}
	if !leafs[0].Equal(leafs[1]) || len(leafs[0].DNSNames) != 1 || leafs[0].DNSNames[0] != "*.longhouse.localhost" || r.acme.Orders.Load() != 1 {
		t.Errorf("%q after %d orders", leafs[0].DNSNames, r.acme.Orders.Load())
	}
	if left := r.acme.Zone.Texts("_acme-challenge.longhouse.localhost"); len(left) != 0 || r.acme.Zone.Updates() != 2 {
		t.Errorf("%q is left after %d updates", left, r.acme.Zone.Updates())
	}
	if asks := r.signer.Asks(); len(asks) != 1 || asks[0].Host != "*.longhouse.localhost" {
		t.Errorf("asks: %+v", asks)
	}
	if got := r.certs.subject("deep.a.longhouse.localhost"); got != "deep.a.longhouse.localhost" {
		t.Errorf("a host further below is served %s", got)
	}
	stays := r.certs.find("*.longhouse.localhost")
	r.certs.renewDue(t.Context())
	r.certs.forget()
	if dir, _ := r.certs.folders(); r.certs.find("*.longhouse.localhost") != stays {
		t.Error("it was forgotten")
	} else if _, err := os.Stat(filepath.Join(dir, "wildcard_.longhouse.localhost")); err != nil {
		t.Error(err)
	}
}

func TestOtherDomainsHaveCertificatesOfTheirOwnBesideIt(t *testing.T) {
	t.Parallel()
	r := newWildcardRig(t, plainOnly)
	r.hosts.set("a.longhouse.localhost", "chat.example.com")
	r.serve()
	for _, host := range []string{"a.longhouse.localhost", "chat.example.com"} {
		await(t, func() error { _, err := r.dial(host); return err })
	}
	if c := r.certs.find("chat.example.com"); c == nil || len(c.Leaf.DNSNames) != 1 || c.Leaf.DNSNames[0] != "chat.example.com" {
		t.Errorf("%+v", c)
	}
}

func TestTheWildcardIsRenewedAndRevokedAsOthersAre(t *testing.T) {
	t.Parallel()
	r := newWildcardRig(t, noWay)
	r.start(func(e *Certs) { e.every, e.heeds = time.Hour, 20*time.Millisecond })
	await(t, func() error { _, err := r.get(hostA); return err })
	first, err := r.get(hostA)
	must(t, err)
	r.certs.wild.magic.RenewalWindowRatio = 1
	renewed, err := r.certs.work("*.longhouse.localhost", r.certs.renew)
	must(t, err)
	if renewed.Leaf.Equal(first) {
		t.Error("it was not renewed")
	}
	r.signer.Revoke("wildcard_.longhouse.localhost", issuerName(r.certs.magic.Issuers[0]), fingerprint(renewed.Leaf.Raw), "keyCompromise")
	r.signer.Rename("wildcard_.longhouse.localhost", "*.longhouse.localhost")
	freshKey(t, r.rig, r.certs, renewed.Leaf)
}

func TestADNSServerThatRefusesIsSaid(t *testing.T) {
	t.Parallel()
	r := newWildcardRig(t, noWay)
	must(t, os.WriteFile(r.acme.Zone.KeyFile, []byte(`key "edge-key" { algorithm hmac-sha256; secret "bm90IHRoZSBzZWNyZXQgdGhhdCBpdCBrbm93cw=="; };`), 0o600))
	r.start(func(e *Certs) { e.every = time.Hour })
	if _, err := r.get(hostA); err == nil {
		t.Error("a certificate was issued")
	}
	eventually(t, "a reason", func() bool { return r.certs.Figures().Failures[Issuer] == 1 })
	if said := r.logs.String(); !strings.Contains(said, "update the DNS zone longhouse.localhost") || strings.Contains(said, "bm90") {
		t.Errorf("the log says:\n%s", said)
	}
}

func TestKeysForDNSUpdatesAreRead(t *testing.T) {
	t.Parallel()
	key, err := parseTSIG("key \"edge\" {\n\talgorithm hmac-sha512;\n\tsecret \"c2VjcmV0IHNlY3JldCE=\";\n};\n")
	if want := (tsigKey{"edge.", "hmac-sha512.", "c2VjcmV0IHNlY3JldCE="}); err != nil || key != want {
		t.Errorf("%+v, %v", key, err)
	}
	for _, text := range []string{"", "key edge { secret \"c2VjcmV0IHNlY3JldCE=\"; };", "key edge { algorithm hmac-md5; secret \"c2VjcmV0IHNlY3JldCE=\"; };", "c2VjcmV0IHNlY3JldCE="} {
		if err := CheckTSIG(text); err == nil || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSettingsOfDNSUpdatesAreChecked(t *testing.T) {
	t.Parallel()
	good := DNS{Server: "ns1.example.com:53", Zone: "example.com", KeyFile: "/key"}
	must(t, good.validate())
	for want, change := range map[string]func(*DNS){
		`DNS server "ns1.example.com"`: func(d *DNS) { d.Server = "ns1.example.com" },
		`DNS zone ""`:                  func(d *DNS) { d.Zone = "" },
		"need a file":                  func(d *DNS) { d.KeyFile = "" },
	} {
		d := good
		change(&d)
		if err := d.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", d, err)
		}
	}
	if err := (ACME{DNS: good}).Validate(); err == nil {
		t.Error("DNS updates without an ACME server")
	}
}

// FuzzTSIGKey: what is taken is a name, an algorithm and a secret, and no error repeats the text.
func FuzzTSIGKey(f *testing.F) {
	for _, seed := range []string{"key \"edge\" { algorithm hmac-sha256; secret \"c2VjcmV0IHNlY3JldCE=\"; };", "key", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := parseTSIG(text)
		if err == nil && (!strings.HasSuffix(key.name, ".") || !strings.HasPrefix(key.algorithm, "hmac-sha") || len(key.secret) < 16) {
			t.Fatalf("%q became %+v", text, key)
		}
	})
}
