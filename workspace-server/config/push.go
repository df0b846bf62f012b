package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/egress"
)

// Contents is how much of a post a phone is told.
type Contents string

// The contents that the protocol knows.
const (
	Full             Contents = "full"               // who said what, and where
	Generic          Contents = "generic"            // who has said something, and where
	GenericNoChannel Contents = "generic_no_channel" // who has said something
	IDLoaded         Contents = "id_loaded"          // that something was said: the phone asks this server for the rest
)

// Push is how phones are told of posts. The zero Push means that they are not.
type Push struct {
	Proxy    *url.URL // who passes it on, without a slash at the end
	Contents Contents
}

const pushWithin = 10 * time.Second

// Reach is where calls to the proxy may go: to the host that the operator named, also inside, and nowhere else that is not public.
func (p Push) Reach() Integrations {
	host := strings.ToLower(p.Proxy.Hostname())
	out := Integrations{Hosts: []string{host}, Within: pushWithin}
	if address, err := netip.ParseAddr(host); err == nil {
		address = address.Unmap()
		out.Networks = egress.Networks{netip.PrefixFrom(address, address.BitLen())}
	}
	return out
}

func (e *environment) push() Push {
	const p = "MM_EMAILSETTINGS_"
	if !e.flag(p+"SENDPUSHNOTIFICATIONS", false) {
		return Push{}
	}
	const server = p + "PUSHNOTIFICATIONSERVER"
	u, err := url.Parse(strings.TrimRight(e.get(server), "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		!hostName.MatchString(strings.ToLower(u.Hostname())) && net.ParseIP(u.Hostname()) == nil {
		e.refuse(server, e.get(server), "the address of a push proxy such as https://push.example.com, because "+p+"SENDPUSHNOTIFICATIONS is true")
		return Push{}
	}
	return Push{Proxy: u, Contents: Full}
}
