package config

import (
	"slices"
	"strings"
)

// LinkPreviews says of which links people are shown what they lead to.
type LinkPreviews struct {
	Enabled bool
	Except  []string // domains, in lower case, with all below them
}

// May reports whether a host may be asked what it has.
func (l LinkPreviews) May(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return l.Enabled && !slices.ContainsFunc(l.Except, func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
}
