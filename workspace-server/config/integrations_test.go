package config

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestTheOperatorNamesWhereIntegrationsAreInside(t *testing.T) {
	t.Parallel()
	s, err := Load(environ(allowedInternal, "Build.internal, 10.1.0.0/16 127.0.0.1,localhost\t::1 "))
	if err != nil {
		t.Fatal(err)
	}
	in := s.Integrations
	if !slices.Equal(in.Hosts, []string{"build.internal", "localhost"}) || in.Within != 30*time.Second {
		t.Errorf("%+v", in)
	}
	for text, want := range map[string]bool{"10.1.2.3": true, "127.0.0.1": true, "127.0.0.2": false, "::1": true, "1.1.1.1": true} {
		if got := in.Networks.Check(netip.MustParseAddr(text)) == nil; got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	for host, want := range map[string]bool{"BUILD.internal.": true, "localhost": true, "x.localhost": false, "": false} {
		if got := in.Named(host); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
	for _, bad := range []string{"http://x", "10.0.0.1/8", "*.internal", "127.1", "a,10.0.0.0/33", "0x7f.0x1", "x:80"} {
		var invalid *Invalid
		if _, err := Load(environ(allowedInternal, bad)); !errors.As(err, &invalid) || invalid.Name != allowedInternal {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := Load(environ(integrationTime, "0")); err == nil {
		t.Error("no time at all is taken")
	}
}
