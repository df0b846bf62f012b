package certs

import (
	"strings"

	"github.com/caddyserver/certmagic"
)

// wildcard is the certificate that all hosts right under the base domain share, and how it is had.
type wildcard struct {
	subject string // *.base domain; empty: there is none
	magic   *certmagic.Config
}

// subject is what a host's certificate is for: the host, or the wildcard that it is under.
func (e *Certs) subject(host string) string {
	if e.wild.subject != "" {
		if first, rest, _ := strings.Cut(host, "."); first != "" && rest == e.wild.subject[len("*."):] {
			return e.wild.subject
		}
	}
	return host
}

// by is how the certificate of a subject is had.
func (e *Certs) by(subject string) *certmagic.Config {
	if subject == e.wild.subject {
		return e.wild.magic
	}
	return e.magic
}

// wanted reports whether there are hosts that a subject is for.
func (e *Certs) wanted(subject string) bool { return subject == e.wild.subject || e.hosts.Has(subject) }

// openWildcard makes no certificate yet.
func (e *Certs) openWildcard(c Config, cache *certmagic.Cache) error {
	if c.ACME.DNS == (DNS{}) {
		return nil
	}
	magic, keys := e.issuing(cache)
	issuer, err := c.byDNS(magic)
	if err != nil {
		return err
	}
	magic.Issuers = []certmagic.Issuer{&staged{issuer, keys, e.shared}}
	e.wild = wildcard{subject: "*." + c.BaseDomain, magic: magic}
	return nil
}
