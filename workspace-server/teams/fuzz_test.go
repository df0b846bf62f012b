package teams

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzName: a team's name is one part of an address as it stands, no page of the web client, and no id.
func FuzzName(f *testing.F) {
	for _, name := range []string{"builders", "a", "ab", "Builders", "api", "a-", "-a", "a--b", "1ab", "a_b", "ab\n", "", strings.Repeat("a", 64), strings.Repeat("a", 65), "\u00e4b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) != nil {
			return
		}
		foreign := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }
		if len(name) < 2 || len(name) > 64 || strings.ContainsFunc(name, foreign) || strings.Trim(name, "-") != name || name[0] <= '9' || url.PathEscape(name) != name || reserved[name] {
			t.Errorf("%q is a team's name", name)
		}
	})
}
