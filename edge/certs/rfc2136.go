package certs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/mholt/acmez/v3/acme"
	"github.com/miekg/dns"
)

const (
	// dnsLimit is how long one exchange with a DNS server may take.
	dnsLimit = 10 * time.Second
	// spreadLimit is how long the zone's other servers are waited for; after that the issuer is asked to look all the same.
	spreadLimit = time.Minute
	// challengeTTL is short, as the record is there for moments.
	challengeTTL = 60
	// clockFudge is how far the DNS server's clock may be from ours, in seconds.
	clockFudge = 300
)

// DNS is a DNS server that takes updates (RFC 2136), by which one certificate for all hosts under the base domain can be had. Without a
// Server there is none.
type DNS struct {
	Server  string // host:port of the zone's first server
	Zone    string // which it takes updates for, and that has the base domain
	KeyFile string // the key that signs updates (TSIG), as `tsig-keygen` of BIND writes it
}

// validate names what can't work, its value, and what is allowed.
func (d DNS) validate() error {
	if d == (DNS{}) {
		return nil
	}
	if host, port, err := net.SplitHostPort(d.Server); err != nil || host == "" || port == "" {
		return fmt.Errorf("DNS server %q for updates: allowed is host:port, as in ns1.example.com:53", d.Server)
	}
	if _, ok := dns.IsDomainName(d.Zone); !ok || d.Zone == "" {
		return fmt.Errorf("DNS zone %q for updates: allowed is a domain name, as in example.com", d.Zone)
	}
	if d.KeyFile == "" {
		return errors.New("DNS updates need a file with the key that signs them, as `tsig-keygen` of BIND writes it")
	}
	return nil
}

// tsigKey signs updates.
type tsigKey struct{ name, algorithm, secret string }

var (
	keyName      = regexp.MustCompile(`(?s)^\s*key\s+"?([A-Za-z0-9._-]{1,253})"?\s*\{(.*)\};?\s*$`)
	keyAlgorithm = regexp.MustCompile(`(?m)\balgorithm\s+"?(hmac-sha(?:224|256|384|512))"?\s*;`)
	keySecret    = regexp.MustCompile(`(?m)\bsecret\s+"?([A-Za-z0-9+/]{16,}={0,2})"?\s*;`)
)

// parseTSIG reads what `tsig-keygen` writes: key "name" { algorithm hmac-sha256; secret "..."; };. No error repeats any of it.
func parseTSIG(text string) (tsigKey, error) {
	form := errors.New(`the key for DNS updates must be as in: key "name" { algorithm hmac-sha256; secret "..."; }; with hmac-sha224, -sha256, -sha384 or -sha512`)
	whole := keyName.FindStringSubmatch(text)
	if whole == nil {
		return tsigKey{}, form
	}
	algorithm, secret := keyAlgorithm.FindStringSubmatch(whole[2]), keySecret.FindStringSubmatch(whole[2])
	if algorithm == nil || secret == nil {
		return tsigKey{}, form
	}
	return tsigKey{name: dns.CanonicalName(whole[1]), algorithm: dns.Fqdn(algorithm[1]), secret: secret[1]}, nil
}

// CheckTSIG reports what is wrong with a key for DNS updates, without repeating it.
func CheckTSIG(text string) error {
	_, err := parseTSIG(text)
	return err
}

// Present implements acmez.Solver: it adds the record that the issuer looks for, beside others of that name.
func (d DNS) Present(ctx context.Context, c acme.Challenge) error {
	return d.update(ctx, c, (*dns.Msg).Insert)
}

// CleanUp implements acmez.Solver.
func (d DNS) CleanUp(ctx context.Context, c acme.Challenge) error {
	return d.update(context.WithoutCancel(ctx), c, (*dns.Msg).Remove)
}

func (d DNS) update(ctx context.Context, c acme.Challenge, change func(*dns.Msg, []dns.RR)) error {
	text, err := os.ReadFile(d.KeyFile)
	if err != nil {
		return fmt.Errorf("read the key for DNS updates: %w", err)
	}
	key, err := parseTSIG(string(text))
	if err != nil {
		return err
	}
	m := new(dns.Msg).SetUpdate(dns.Fqdn(d.Zone))
	change(m, []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: dns.Fqdn(c.DNS01TXTRecordName()), Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: challengeTTL},
		Txt: []string{c.DNS01KeyAuthorization()}}})
	m.SetTsig(key.name, key.algorithm, clockFudge, time.Now().Unix())
	client := &dns.Client{Net: "tcp", Timeout: dnsLimit, TsigSecret: map[string]string{key.name: key.secret}}
	answer, _, err := client.ExchangeContext(ctx, m, d.Server)
	if err != nil {
		return fmt.Errorf("update the DNS zone %s at %s: %w", d.Zone, d.Server, err)
	}
	if answer.Rcode != dns.RcodeSuccess {
		return fmt.Errorf("update the DNS zone %s at %s: it refuses: %s", d.Zone, d.Server, dns.RcodeToString[answer.Rcode])
	}
	return nil
}

// Wait implements acmez.Waiter: the zone's other servers, of which the issuer may ask any, learn of a record some moments later.
func (d DNS) Wait(ctx context.Context, c acme.Challenge) error {
	ctx, cancel := context.WithTimeout(ctx, spreadLimit)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	left := d.servers(ctx)
	for {
		var without []string
		for _, server := range left {
			if !hasTXT(ctx, server, c) {
				without = append(without, server)
			}
		}
		if left = without; len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // the issuer says what it finds
		case <-tick.C:
		}
	}
}

// servers are those of the zone, as far as its first one names them.
func (d DNS) servers(ctx context.Context) []string {
	list := []string{d.Server}
	answer, _, err := (&dns.Client{Net: "tcp", Timeout: dnsLimit}).ExchangeContext(ctx, new(dns.Msg).SetQuestion(dns.Fqdn(d.Zone), dns.TypeNS), d.Server)
	if err != nil {
		return list
	}
	for _, r := range answer.Answer {
		if ns, ok := r.(*dns.NS); ok {
			list = append(list, net.JoinHostPort(strings.TrimSuffix(ns.Ns, "."), "53"))
		}
	}
	return list
}

func hasTXT(ctx context.Context, server string, c acme.Challenge) bool {
	answer, _, err := (&dns.Client{Net: "tcp", Timeout: dnsLimit}).ExchangeContext(ctx, new(dns.Msg).SetQuestion(dns.Fqdn(c.DNS01TXTRecordName()), dns.TypeTXT), server)
	if err != nil {
		return false
	}
	for _, r := range answer.Answer {
		if txt, ok := r.(*dns.TXT); ok && strings.Join(txt.Txt, "") == c.DNS01KeyAuthorization() {
			return true
		}
	}
	return false
}
