package config

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// pattern tells what matches. It is made when somebody first asks, which most servers never do.
func pattern(is string) func(string) bool {
	made := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(is) })
	return func(v string) bool { return made().MatchString(v) }
}

const longestLink = 1024 // bytes

// link is an address to go to. Clients make links of it as it is, so that none may run anything.
var link = kind[string]{allowed: "empty, or an address of at most 1024 bytes that begins with https://, http:// or mailto:", written: quoted, good: func(v string) bool {
	u, err := url.Parse(v)
	return v == "" || err == nil && len(v) <= longestLink && !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) &&
		((u.Scheme == "http" || u.Scheme == "https") && u.Host != "" || u.Scheme == "mailto" && u.Opaque != "")
}}

var address = kind[string]{allowed: "empty, or an e-mail address", written: quoted, good: func(v string) bool {
	a, err := mail.ParseAddress(v)
	return v == "" || err == nil && a.Address == v
}}

var colors = pattern(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

var color = kind[string]{allowed: "a colour such as #f2a93b", written: quoted, good: colors}

var locales = pattern(`^[a-z]{2,3}(-[A-Za-z]{2,4})?$`)

var locale = kind[string]{allowed: "a language such as en or pt-BR", written: quoted, good: locales}

// spoken is a locale that people can have.
var spoken = kind[string]{allowed: "a language of at most 5 letters such as en or pt-BR", written: quoted, good: func(v string) bool { return len(v) <= 5 && locales(v) }}

// words are of one text, with blanks or commas between them.
func words(allowed string, good func(string) bool) kind[string] {
	return kind[string]{allowed: allowed, written: quoted, good: func(v string) bool {
		return len(v) <= 8<<10 && !slices.ContainsFunc(split(v), func(word string) bool { return !good(word) })
	}}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' || r == '\r' })
}

var domains = words("names of domains such as example.com, with blanks or commas between them", func(word string) bool {
	return hostName.MatchString(strings.ToLower(word))
})

// inDomains is the setting of a list of domains.
func inDomains(section, name string, at func(*Settings) *[]string) setting {
	return converted(section, name, domains, func(s *Settings) string { return strings.Join(*at(s), ",") }, func(s *Settings, v string) { *at(s) = split(strings.ToLower(v)) })
}

var names = pattern(`^[A-Za-z][A-Za-z0-9+.-]{0,63}$`)

// list is one of names.
var list = kind[[]string]{allowed: "a list of at most 50 names of letters, digits, +, . and -",
	good: func(v []string) bool {
		return len(v) <= 50 && !slices.ContainsFunc(v, func(name string) bool { return !names(name) })
	},
	written: func(text string) json.RawMessage { return encoded(split(text)) }}
