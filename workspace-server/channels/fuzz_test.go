package channels

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// FuzzChannel: a channel's name is one part of an address as it stands, and never that of a direct channel; what it says of itself is short.
func FuzzChannel(f *testing.F) {
	direct := id.ID{1}.String() + "__" + id.ID{2}.String()
	for _, name := range []string{"timber", "a", "-a", "a_b", "a__b", direct, "Timber", "a\n", "", strings.Repeat("a", 65), "../x"} {
		f.Add(name, "Timber", "header", "purpose")
	}
	f.Add("x", " \t", strings.Repeat("\u00e4", 1025), strings.Repeat("p", 251))
	f.Add("x", "\xff", "\xff", "\x00")
	f.Fuzz(func(t *testing.T, name, display, header, purpose string) {
		if check(name, display, header, purpose) != nil {
			return
		}
		foreign := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_') }
		if name == "" || len(name) > 64 || strings.ContainsFunc(name, foreign) || strings.Contains(name, "__") || strings.ContainsAny(name[:1], "-_") || url.PathEscape(name) != name {
			t.Errorf("%q is a channel's name", name)
		}
		if strings.TrimSpace(display) == "" || utf8.RuneCountInString(display) > 64 || utf8.RuneCountInString(header) > 1024 || utf8.RuneCountInString(purpose) > 250 {
			t.Errorf("%q, %q, %q is said of a channel", display, header, purpose)
		}
	})
}
