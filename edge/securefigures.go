package edge

import (
	"fmt"
	"io"

	"github.com/longhouse-dev/longhouse/edge/certs"
)

// write tells of TLS in the Prometheus text format, also where there is none: alerts tell what is not there from what is well. No label
// names a host.
func (s *secure) write(w io.Writer) {
	var f certs.Figures
	refused := map[string]int64{}
	if s != nil {
		f = s.certs.Figures()
		for reason, n := range s.refused {
			refused[reason] = n.Load()
		}
	}
	family(w, "longhouse_edge_tls_refusals_total", "counter", "TLS handshakes that the edge ended, by reason.")
	for _, reason := range handshakeRefusals {
		fmt.Fprintf(w, "longhouse_edge_tls_refusals_total{reason=%q} %d\n", reason, refused[reason])
	}
	family(w, "longhouse_edge_tls_failures_total", "counter", "Attempts to get or renew a TLS certificate that failed, by reason.")
	for _, reason := range certs.Reasons {
		fmt.Fprintf(w, "longhouse_edge_tls_failures_total{reason=%q} %d\n", reason, f.Failures[reason])
	}
	single(w, "longhouse_edge_tls_failing_hosts", "gauge", "Hosts for which the last attempt to get a TLS certificate failed.", f.Failing)
	single(w, "longhouse_edge_tls_issued_total", "counter", "TLS certificates that this edge had issued, renewals too.", f.Issued)
	single(w, "longhouse_edge_tls_certificates", "gauge", "TLS certificates in use.", f.Held)
	family(w, "longhouse_edge_tls_late_certificates", "gauge", "TLS certificates in use that should have been renewed so many days before their end; fewer where they last less than 90.")
	for _, days := range certs.LateDays {
		fmt.Fprintf(w, "longhouse_edge_tls_late_certificates{days=\"%d\"} %d\n", days, f.Late[days])
	}
	if !f.Soonest.IsZero() {
		single(w, "longhouse_edge_tls_earliest_expiry_timestamp_seconds", "gauge", "When the first of them ends.", f.Soonest.Unix())
	}
}

// write tells of HTTP/3 in the same way.
func (f *http3Front) write(w io.Writer) {
	offered, moved := false, int64(0)
	if f != nil {
		offered, moved = f.offered.Load() && !f.leaving.Load(), f.moved.Load()
	}
	single(w, "longhouse_edge_http3", "gauge", "1 while clients are let in by HTTP/3.", bit(offered))
	single(w, "longhouse_edge_http3_connections", "gauge", "Open connections of clients by HTTP/3.", f.count())
	single(w, "longhouse_edge_http3_moved_total", "counter", "Connections by HTTP/3 that were ended as they moved to another address.", moved)
}

func (s *server) turnedAway() int64 {
	n := s.listener.turnedAway.Load()
	if s.secure != nil {
		n += s.secure.listener.turnedAway.Load()
	}
	return n
}
