package groups

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var name = regexp.MustCompile(`\A[a-z0-9._-]{1,64}\z`)

// FuzzGroup: what may be a group's name is all that stands after an @ and mentions something, and mentions nothing else.
func FuzzGroup(f *testing.F) {
	for _, seed := range []string{"masons", "stone.masons", "Masons", "all", "here", "", "a b", "a\n", "m\u00e4", "..", strings.Repeat("x", 65)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := check(wire.Group{Name: text, DisplayName: "x", Source: wire.CustomGroup, AllowReference: true})
		if want := name.MatchString(text) && !slices.Contains(reserved, text); (err == nil) != want {
			t.Errorf("%q is a name: %v", text, err)
		}
	})
}
