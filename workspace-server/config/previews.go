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

const unpreviewed = "MM_SERVICESETTINGS_RESTRICTLINKPREVIEWS"

func (e *environment) linkPreviews() LinkPreviews {
	out := LinkPreviews{Enabled: e.flag("MM_SERVICESETTINGS_ENABLELINKPREVIEWS", true)}
	listed := e.get(unpreviewed)
	for _, word := range strings.FieldsFunc(strings.ToLower(listed), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' }) {
		if !hostName.MatchString(word) {
			e.refuse(unpreviewed, listed, "names of domains such as example.com, with blanks or commas between them")
		}
		out.Except = append(out.Except, word)
	}
	return out
}

// May reports whether a host may be asked what it has.
func (l LinkPreviews) May(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return l.Enabled && !slices.ContainsFunc(l.Except, func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
}
