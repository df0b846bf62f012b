package serve

import (
	"fmt"
	"net/http"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// Trust reads which servers in front of the edge are believed, in which header, and whether they introduce each connection. The
// error names the option, its value and what is allowed.
func Trust(hops, header string, announced bool) (t edge.Trust, err error) {
	if t.Hops, err = cidr.ParseList(hops); err != nil {
		return t, fmt.Errorf("--trusted-proxies %q: %w", hops, err)
	}
	t.Header, t.Announced = http.CanonicalHeaderKey(header), announced
	if err := t.Validate(); err != nil {
		return t, fmt.Errorf("--trusted-proxies %q, --forwarded-header %q, --proxy-protocol=%v: %w", hops, header, announced, err)
	}
	return t, nil
}
