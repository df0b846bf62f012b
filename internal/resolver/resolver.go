// Package resolver asks name servers what they say of a name, record by record. It keeps nothing, and never decides what an answer is worth.
package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// patience is how long one server is waited for.
const patience = 3 * time.Second

// systemConfig names the system's resolvers. It is read again for each question, as machines move between networks.
const systemConfig = "/etc/resolv.conf"

// Resolver asks one resolver, or those of the system one after the other.
type Resolver struct{ server string }

// New returns one that asks server, host:port; empty: those of the system. The error names what is wrong with it.
func New(server string) (*Resolver, error) {
	if server == "" {
		return &Resolver{}, nil
	}
	host, port, err := net.SplitHostPort(server)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 {
		return nil, fmt.Errorf("resolver %q: must be host:port, as in 192.0.2.53:53", server)
	}
	return &Resolver{server: server}, nil
}

// TXT returns the texts of a name; a name that has none, or isn't there, is no error.
func (r *Resolver) TXT(ctx context.Context, name string) (texts []string, err error) {
	answer, err := r.ask(ctx, name, dns.TypeTXT)
	for _, record := range answer {
		if txt, ok := record.(*dns.TXT); ok {
			texts = append(texts, strings.Join(txt.Txt, ""))
		}
	}
	return texts, err
}

// Aliases returns the names that a name is an alias of, one of another, in lower case and without a trailing dot.
func (r *Resolver) Aliases(ctx context.Context, name string) (names []string, err error) {
	answer, err := r.ask(ctx, name, dns.TypeCNAME)
	for _, record := range answer {
		if alias, ok := record.(*dns.CNAME); ok {
			names = append(names, strings.ToLower(strings.TrimSuffix(alias.Target, ".")))
		}
	}
	return names, err
}

// Addresses returns the IPv4 and IPv6 addresses of a name, also those of what it is an alias of.
func (r *Resolver) Addresses(ctx context.Context, name string) (addresses []netip.Addr, err error) {
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := r.ask(ctx, name, kind)
		if err != nil {
			return nil, err
		}
		for _, record := range answer {
			var ip net.IP
			switch is := record.(type) {
			case *dns.A:
				ip = is.A
			case *dns.AAAA:
				ip = is.AAAA
			}
			if address, ok := netip.AddrFromSlice(ip); ok {
				addresses = append(addresses, address.Unmap())
			}
		}
	}
	return addresses, nil
}

func (r *Resolver) ask(ctx context.Context, name string, kind uint16) (records []dns.RR, err error) {
	servers, err := r.servers()
	if err != nil {
		return nil, err
	}
	for _, server := range servers {
		if records, err = exchange(ctx, server, name, kind); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the %s records of %s: %w", dns.TypeToString[kind], name, err)
	}
	return records, nil
}

func (r *Resolver) servers() ([]string, error) {
	if r.server != "" {
		return []string{r.server}, nil
	}
	system, err := dns.ClientConfigFromFile(systemConfig)
	if err != nil {
		return nil, fmt.Errorf("read which resolvers the system has: %w", err)
	}
	if len(system.Servers) == 0 {
		return nil, errors.New("the system has no resolver")
	}
	servers := make([]string, 0, len(system.Servers))
	for _, host := range system.Servers {
		servers = append(servers, net.JoinHostPort(host, system.Port))
	}
	return servers, nil
}

// exchange asks by UDP, and by TCP for what doesn't fit.
func exchange(ctx context.Context, server, name string, kind uint16) ([]dns.RR, error) {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(1232, false)
	client := dns.Client{Timeout: patience}
	answer, _, err := client.ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated {
		client.Net = "tcp"
		answer, _, err = client.ExchangeContext(ctx, question, server)
	}
	switch {
	case err != nil:
		return nil, err
	case answer.Rcode == dns.RcodeNameError:
		return nil, nil
	case answer.Rcode != dns.RcodeSuccess:
		return nil, fmt.Errorf("the resolver answered %s", dns.RcodeToString[answer.Rcode])
	}
	return answer.Answer, nil
}
