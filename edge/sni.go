package edge

import "strings"

// serverName turns the name that a TLS handshake is for into the form that routes are kept in, or reports false: such a name is a host
// name and nothing else, with no port, no dot at its end, and no address (RFC 6066, section 3).
func serverName(sni string) (host string, ok bool) {
	if !validName(sni) {
		return "", false
	}
	host = strings.ToLower(sni)
	return host, !numeric(host[strings.LastIndexByte(host, '.')+1:])
}

// numeric reports whether a last label is one that makes resolvers read the whole as an IPv4 address.
func numeric(label string) bool {
	rest, hex := strings.CutPrefix(label, "0x")
	const digits = "0123456789"
	if hex {
		return strings.Trim(rest, digits+"abcdef") == ""
	}
	return strings.Trim(label, digits) == ""
}

// ownedBy reports whether two canonical hosts are those of one workspace.
func (t *Table) ownedBy(host, other string) bool {
	a, b := t.Lookup(host), t.Lookup(other)
	return a != nil && b != nil && a.WorkspaceID == b.WorkspaceID
}
