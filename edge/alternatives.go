package edge

import (
	"fmt"
	"net"
)

const alternativeHeader = "Alt-Svc"

// alternatives are what answers over TLS tell of HTTP/3 (RFC 7838). Clients keep that for an hour; where it is not true any more they come by TCP.
type alternatives struct {
	front       *http3Front
	here, clear []string
}

// newAlternatives returns nil, of which there is nothing to tell, where the front is.
func newAlternatives(f *http3Front) *alternatives {
	if f == nil {
		return nil
	}
	_, port, _ := net.SplitHostPort(f.address) // a listener's own
	return &alternatives{f, []string{fmt.Sprintf(`h3=":%s"; ma=3600`, port)}, []string{"clear"}}
}

// value is that of the header; nil where nothing is to be said.
func (a *alternatives) value() []string {
	switch {
	case a == nil || !a.front.offered.Load():
		return nil
	case a.front.leaving.Load():
		return a.clear
	}
	return a.here
}
