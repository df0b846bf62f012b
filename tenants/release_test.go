package tenants

import (
	"slices"
	"strings"
	"testing"
)

func TestNewWorkspacesRunTheReleaseThatWasRegisteredLast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ slug, sum string }{{"elm", "b"}, {"fir", "a"}} { // "a" is older: as after an upgrade that was taken back
		release, err := b.store.RegisterRelease(t.Context(), Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat(c.sum, 64), Path: "/x"})
		b.must(err)
		if done, _ := b.signUp(c.slug); done.Workspace.Release != release.ID {
			t.Errorf("%s runs release %s, not %s", c.slug, done.Workspace.Release, release.ID)
		}
	}
}

func TestWhatAReleaseCanIsWhatWasSaidLast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for schema, capabilities := range [][]string{nil, {"broker"}, {"broker", "more"}, {}} {
		_, err := b.store.RegisterRelease(t.Context(), Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("c", 64), Path: "/x", Capabilities: capabilities, Schema: schema})
		b.must(err)
		list, err := b.store.Releases(t.Context())
		b.must(err)
		if got := list[0]; !slices.Equal(got.Capabilities, capabilities) || got.Schema != schema {
			t.Errorf("told %q and schema %d, known are %q and %d", capabilities, schema, got.Capabilities, got.Schema)
		}
	}
}
