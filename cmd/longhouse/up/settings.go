package up

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

// settle returns what the parts agree on: what was chosen now, and what an earlier start chose for itself. Before is
// what they agreed on until now, empty at the first start.
func settle(o Options, layout datadir.Layout) (now, before datadir.Settings, err error) {
	before, err = layout.ReadSettings()
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return now, before, err
	case before.BaseDomain != o.BaseDomain:
		return now, before, fmt.Errorf("this data directory serves %s; a change to %s is not possible yet", before.BaseDomain, o.BaseDomain)
	case before.UIDBase != o.UIDBase:
		return now, before, fmt.Errorf("this data directory has its user ids from %d up; a change to %d is not possible", before.UIDBase, o.UIDBase)
	}
	now = datadir.Settings{BaseDomain: o.BaseDomain, UIDBase: o.UIDBase, Blanks: o.Blanks, Traces: o.Traces, Webhooks: o.Webhooks, Internet: o.Internet, PushProxy: o.PushProxy, Canaries: datadir.Duration{Duration: o.Canaries}, Lease: datadir.Duration{Duration: o.Lease}, IdleAfter: o.IdleAfter,
		BackupsKept: o.BackupsKept, Resolver: o.Resolver, TrustedProxies: o.TrustedProxies, ForwardedHeader: o.ForwardedHeader, ProxyProtocol: o.ProxyProtocol}
	now.ACMEDirectory, now.ACMEEmail, now.ACMERoots, now.RedirectHTTPS = o.ACMEDirectory, o.ACMEEmail, o.ACMERoots, o.RedirectHTTPS
	now.NoHTTP3 = o.HTTPS != "" && !o.HTTP3
	now.ACMEDNSServer, now.ACMEDNSZone = o.ACMEDNSServer, o.ACMEDNSZone
	hsts, err := o.hsts()
	if err != nil {
		return now, before, err
	}
	now.WorkspaceRate, now.WorkspaceRates = keptRate(o.WorkspaceRate)
	now.AddressRate, now.AddressRates = keptRate(o.AddressRate)
	now.WorkspaceConnections = o.WorkspaceConnections
	now.AccessLogDays = o.AccessLogDays
	if o.AccessLogDays == datadir.UsualAccessLogDays { // the version before reads no setting that it doesn't know
		now.AccessLogDays = 0
	}
	now.HSTS = datadir.Duration{Duration: hsts}
	limits := o.ACMELimits
	if o.ACMEDirectory == "" { // nobody is asked; and the version before reads no setting that it doesn't know
		limits = tenants.TLSLimits{}
	}
	now.ACMEPerDomain, now.ACMEPerWorkspace, now.ACMEPerHost, now.ACMEFailures = limits.PerDomain, limits.PerWorkspace, limits.PerHost, limits.Failures
	const local = "127.0.0.1:0"
	addresses := []address{
		{o.HTTP, before.EdgeHTTP, &now.EdgeHTTP}, {o.API, before.API, &now.API},
		{o.Metrics, before.Metrics, &now.Metrics},
		{local, before.S3, &now.S3}, {local, before.SMTP, &now.SMTP}, {local, before.MailHTTP, &now.MailHTTP},
	}
	if o.HTTPS != "" {
		addresses = append(addresses, address{o.HTTPS, before.EdgeHTTPS, &now.EdgeHTTPS})
	}
	return now, before, choose(addresses)
}

// keptRate is how a rate is kept: as a number where it is one for all plans, which the version before reads.
func keptRate(text string) (number int, byPlan string) {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n, ""
	}
	return 0, text
}

// address is where a part shall listen.
type address struct {
	wanted, before string // host:port; port 0 leaves the choice to us
	set            *string
}

// choose sets the addresses, first those that leave no choice, so that nobody else gets their ports.
func choose(addresses []address) error {
	taken := map[string]bool{}
	for _, a := range addresses {
		host, port, err := net.SplitHostPort(a.wanted)
		if err != nil {
			return fmt.Errorf("address %q: %w", a.wanted, err)
		}
		if oldHost, _, err := net.SplitHostPort(a.before); port == "0" && err == nil && oldHost == host {
			*a.set = a.before // links, clients and instances know it
		} else if port != "0" {
			*a.set = a.wanted
		}
		if _, port, err := net.SplitHostPort(*a.set); err == nil {
			taken[port] = true
		}
	}
	for _, a := range addresses {
		if *a.set != "" {
			continue
		}
		host, _, _ := net.SplitHostPort(a.wanted) // seen above
		port, err := freePort(host, taken)
		if err != nil {
			return err
		}
		taken[port] = true
		*a.set = net.JoinHostPort(host, port)
	}
	return nil
}

// freePort chooses below the range that the system takes for outgoing connections, so that nobody has the port at a
// later start.
func freePort(host string, taken map[string]bool) (string, error) {
	for range 1000 {
		port := strconv.Itoa(20000 + rand.IntN(12000))
		if !taken[port] && free(net.JoinHostPort(host, port)) == nil && claim(port) {
			return port, nil
		}
	}
	return "", fmt.Errorf("no free port was found on %s from 20000 to 31999", host)
}

// claim keeps a port from all who choose one while this process lives: it is some seconds until somebody listens there. It reports
// whether nobody else has claimed it.
func claim(port string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if unix.Bind(fd, &unix.SockaddrUnix{Name: "@longhouse/port/" + port}) != nil { // a name that is in no folder, and ends with us
		_ = unix.Close(fd)
		return false
	}
	return true
}

// free returns why nobody can listen there now.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}
