package serve_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/edge"
)

func TestWhomTheEdgeBelieves(t *testing.T) {
	t.Parallel()
	got, err := serve.Trust("10.1.0.0/16, 192.0.2.1", "x-forwarded-for", true)
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("192.0.2.1/32")}
	if !slices.Equal(got.Hops, want) || got.Header != edge.XForwardedFor || !got.Announced {
		t.Errorf("got %+v", got)
	}
	if got, err := serve.Trust("", "", false); err != nil || len(got.Hops) > 0 {
		t.Errorf("nobody: %+v, %v", got, err)
	}
	for hops, header := range map[string]string{"10.1.0.1/16": "forwarded", "10.1.0.0/16": "x-real-ip", "": "forwarded", "0.0.0.0/0": "forwarded"} {
		if _, err := serve.Trust(hops, header, false); err == nil || !strings.Contains(err.Error(), "--trusted-proxies") {
			t.Errorf("%q in %q: %v", hops, header, err)
		}
	}
}
