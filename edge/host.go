package edge

import (
	"errors"
	"net/netip"
	"strings"
)

var errHost = errors.New("the host name is missing or malformed")

const (
	maxHostName = 253
	maxLabel    = 63
)

// canonicalHost turns a Host header or an absolute-form authority into the form that routes are kept in: lower case,
// no port, no trailing dot. It accepts what a client could mean and nothing else, so that two spellings of one name
// can never be told apart, and no name hides in an odd one. It allocates only to lower the case.
//
// An IPv6 literal is well formed and comes back without brackets; no route has such a host.
func canonicalHost(raw string) (string, error) {
	if strings.HasPrefix(raw, "[") {
		return canonicalIPv6(raw)
	}
	name, port, hasPort := strings.Cut(raw, ":")
	if hasPort && !validPort(port) {
		return "", errHost
	}
	name = strings.TrimSuffix(name, ".")
	if !validName(name) {
		return "", errHost
	}
	return strings.ToLower(name), nil
}

func canonicalIPv6(raw string) (string, error) {
	literal, rest, closed := strings.Cut(raw[1:], "]")
	if !closed || (rest != "" && (rest[0] != ':' || !validPort(rest[1:]))) {
		return "", errHost
	}
	addr, err := netip.ParseAddr(literal)
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return "", errHost
	}
	return addr.String(), nil
}

// validPort allows the empty port, which RFC 3986 does.
func validPort(port string) bool {
	if len(port) > 5 {
		return false
	}
	n := 0
	for i := range len(port) {
		if port[i] < '0' || port[i] > '9' {
			return false
		}
		n = n*10 + int(port[i]-'0')
	}
	return n <= 65535
}

func validName(name string) bool {
	if name == "" || len(name) > maxHostName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return false
		}
	}
	return true
}

// validLabel is the host name syntax of RFC 1123; names in other scripts arrive in their xn-- form.
func validLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
