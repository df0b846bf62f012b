package tenants

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName returns a name for people without the space around it; field is what the API calls it.
func checkName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", refuse(Invalid, field, "the %s holds a character that can't be shown; letters, digits, punctuation and spaces are allowed", field)
	case n < 1 || n > 64:
		return "", refuse(Invalid, field, "the %s has %d characters; 1 to 64 are allowed", field, n)
	}
	return name, nil
}
