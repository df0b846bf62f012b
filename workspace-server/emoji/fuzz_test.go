package emoji

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzEmoji: an emoji's name does nothing in an address, a page or a query.
func FuzzEmoji(f *testing.F) {
	for _, name := range []string{"+1", "smile", "woman-tone2", "<b>", "a b", "", "a\n", "..", "%2e", strings.Repeat("x", 65), "\U0001f44d"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !IsName(name) {
			return
		}
		foreign := func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+-", r))
		}
		if name == "" || len(name) > 64 || strings.ContainsFunc(name, foreign) || url.PathEscape(name) != name {
			t.Errorf("%q is an emoji", name)
		}
	})
}
