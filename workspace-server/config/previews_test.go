package config

import (
	"errors"
	"testing"
)

const unpreviewed = "MM_SERVICESETTINGS_RESTRICTLINKPREVIEWS"

func TestLinksArePreviewedButForTheDomainsThatAreNamed(t *testing.T) {
	t.Parallel()
	for enabled, on := range map[string]bool{"": true, "true": true, "false": false} {
		s, err := Load(environ("MM_SERVICESETTINGS_ENABLELINKPREVIEWS", enabled, unpreviewed, "Example.com, inner.test"))
		if err != nil {
			t.Fatal(err)
		}
		for host, may := range map[string]bool{"example.com": false, "WWW.example.COM.": false, "notexample.com": true, "inner.test": false, "test": true} {
			if got := s.LinkPreviews.May(host); got != (may && on) {
				t.Errorf("%q: %s: %t", enabled, host, got)
			}
		}
		if told := s.ForUsers(Identity{}, false)["EnableLinkPreviews"]; (told == "true") != on {
			t.Errorf("%q: clients are told %q", enabled, told)
		}
	}
	var invalid *Invalid
	if _, err := Load(environ(unpreviewed, "https://example.com")); !errors.As(err, &invalid) || invalid.Name != unpreviewed {
		t.Errorf("%v", err)
	}
}
