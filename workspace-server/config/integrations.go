package config

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/egress"
)

// Integrations is where programs may be that this server calls, and how long it waits for them.
type Integrations struct {
	Networks egress.Networks // beside the public internet
	Hosts    []string        // the same by name, in lower case, whatever the names lead to
	Within   time.Duration
}

const (
	allowedInternal = "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS"
	integrationTime = "MM_SERVICESETTINGS_OUTGOINGINTEGRATIONREQUESTSTIMEOUT"
)

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

func (e *environment) integrations() Integrations {
	out := Integrations{Within: time.Duration(e.number(integrationTime, 30, 1, 300)) * time.Second}
	listed := e.get(allowedInternal)
	for _, word := range strings.FieldsFunc(strings.ToLower(listed), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' }) {
		network, err := egress.ParseNetworks(word)
		_, address := netip.ParseAddr(word)
		switch {
		case err == nil:
			out.Networks = append(out.Networks, network...)
		case address != nil && hostName.MatchString(word) && !numeric(word):
			out.Hosts = append(out.Hosts, word)
		default:
			e.refuse(allowedInternal, listed, "names of hosts, addresses, and networks such as 10.1.0.0/16, with blanks or commas between them")
		}
	}
	return out
}

// numeric reports whether a word would be taken for an address somewhere, though it isn't written as one.
func numeric(word string) bool {
	last := word[strings.LastIndexByte(word, '.')+1:]
	return last != "" && strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

// Named reports whether the operator allows a host by its name.
func (i Integrations) Named(host string) bool {
	return slices.Contains(i.Hosts, strings.TrimSuffix(strings.ToLower(host), "."))
}
