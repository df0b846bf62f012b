package serve

import (
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner"
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

// FuzzShare: three words are shares, each another one, and nothing else is.
func FuzzShare(f *testing.F) {
	words := map[string]provisioner.Share{"all": provisioner.All, "sound": provisioner.Sound, "suspects": provisioner.Suspects}
	for text := range words {
		f.Add(text)
	}
	f.Add("")
	f.Add(" all")
	f.Fuzz(func(t *testing.T, text string) {
		want, known := words[text]
		share, err := ParseShare(text)
		if known != (err == nil) || share != want {
			t.Errorf("%q is share %q, %v", text, share, err)
		}
	})
}
