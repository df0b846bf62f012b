// Package certs owns the TLS certificates of an edge: it has them issued when a host is first asked for, renews them while they are in
// use, and shares them with all other edges by way of the control plane. What it has used it keeps on its disk, so that an edge that
// starts while the control plane is down serves what it served.
//
// It never decides which hosts there are, never serves a certificate that isn't good for the host that was asked for, and never holds
// the key of an authority.
package certs
