package serve

import (
	"slices"
	"strings"
	"testing"
)

// FuzzRoles: a list has at least one role, all of them known, as many as there are words, and none twice.
func FuzzRoles(f *testing.F) {
	for _, text := range []string{"api", "api,worker,edge", " api , edge ", "api,api", "", ",", "api,", "API", "all", "api;worker"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		roles, err := ParseRoles(text)
		if err != nil {
			if roles != nil {
				t.Errorf("%q is refused, and %v", text, roles)
			}
			return
		}
		once := slices.Compact(slices.Sorted(slices.Values(roles)))
		if len(roles) == 0 || len(once) != len(roles) || len(roles) != strings.Count(text, ",")+1 || slices.ContainsFunc(roles, func(r Role) bool { return !slices.Contains(Roles, r) }) {
			t.Errorf("%q is %v", text, roles)
		}
	})
}
