package edge

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// metrics counts what the edge does. No label names a workspace.
type metrics struct {
	inFlight   atomic.Int64
	byClass    [6]atomic.Int64 // 1xx to 5xx; 0 is a request that got no answer
	bytes      atomic.Int64
	webSockets atomic.Int64 // ended

	durations durations // of requests

	refusals sync.Map // reason -> *atomic.Int64
	failures map[string]*atomic.Int64
}

func newMetrics() *metrics {
	m := &metrics{failures: map[string]*atomic.Int64{}}
	for _, reason := range failureReasons {
		m.failures[reason] = new(atomic.Int64)
	}
	return m
}

func (m *metrics) observe(x *exchange) {
	m.byClass[min(max(x.w.status/100, 0), 5)].Add(1)
	m.bytes.Add(x.w.bytes)
	if x.refused != "" {
		counter, _ := m.refusals.LoadOrStore(x.refused, new(atomic.Int64))
		counter.(*atomic.Int64).Add(1)
	}
	if reason := x.failure(); reason != "" {
		m.failures[reason].Add(1)
	}
	if x.tunnel { // lasts as long as somebody stays
		m.webSockets.Add(1)
		return
	}
	m.durations.observe(time.Since(x.started))
}

// write gives the Prometheus text format, version 0.0.4.
func (m *metrics) write(w io.Writer, access *accessWriter, table *Table, t *tunnels, k *keeper, f *follower) {
	family(w, "longhouse_edge_requests_total", "counter", "Requests that have ended, by class of status.")
	for class := range m.byClass {
		label := fmt.Sprintf("%dxx", class)
		if class == 0 {
			label = "none"
		}
		fmt.Fprintf(w, "longhouse_edge_requests_total{code=%q} %d\n", label, m.byClass[class].Load())
	}
	family(w, "longhouse_edge_refusals_total", "counter", "Requests that the edge answered itself, by reason.")
	m.refusals.Range(func(reason, counter any) bool {
		fmt.Fprintf(w, "longhouse_edge_refusals_total{reason=%q} %d\n", reason, counter.(*atomic.Int64).Load())
		return true
	})
	family(w, "longhouse_edge_failures_total", "counter", "Requests that came to nothing through a fault of ours or of the instance, by reason.")
	for _, reason := range failureReasons {
		fmt.Fprintf(w, "longhouse_edge_failures_total{reason=%q} %d\n", reason, m.failures[reason].Load())
	}
	m.durations.write(w, "longhouse_edge_request_duration_seconds", "Time from a request's header to the end of its answer, without web sockets.")
	single(w, "longhouse_edge_requests_in_flight", "gauge", "Requests and web sockets in progress.", m.inFlight.Load())
	single(w, "longhouse_edge_response_bytes_total", "counter", "Bytes of bodies sent to clients.", m.bytes.Load())
	single(w, "longhouse_edge_web_sockets", "gauge", "Open web sockets.", t.count())
	single(w, "longhouse_edge_web_sockets_ended_total", "counter", "Web sockets that have ended.", m.webSockets.Load())
	single(w, "longhouse_edge_access_lines_dropped_total", "counter", "Lines of the access log that nobody took in time.", access.dropped.Load())
	single(w, "longhouse_edge_routes", "gauge", "Workspaces in the route table.", table.Len())
	single(w, "longhouse_edge_route_version", "gauge", "Version of the route table.", table.Version())
	single(w, "longhouse_edge_state_write_errors_total", "counter", "Times that routes could not be put on disk.",
		k.writeErrors.Load())
	caughtUp, fenced := f.barrier.stands()
	single(w, "longhouse_edge_caught_up", "gauge", "1 while clients are let in: the edge is not fenced, and doesn't know of anything newer than it has.", bit(caughtUp))
	single(w, "longhouse_edge_fenced", "gauge", "1 while an operator wants the edge to serve nothing.", bit(fenced))
	single(w, "longhouse_edge_confirmed_version", "gauge", "Version that the control plane knows the edge to have.", f.confirmer.confirmed.Load())
	single(w, "longhouse_edge_feed_connected", "gauge", "1 while the route stream is open.", bit(f.connected.Load()))
	single(w, "longhouse_edge_feed_streams_total", "counter", "Route streams opened.", f.streams.Load())
	single(w, "longhouse_edge_feed_failures_total", "counter", "Route streams that ended or could not be opened.",
		f.failures.Load())
	single(w, "longhouse_edge_feed_last_heard_timestamp_seconds", "gauge", "When the route stream last spoke; 0 is never.",
		float64(f.lastHeard.Load())/float64(time.Second))
}

func family(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func single[N int | int64 | float64](w io.Writer, name, kind, help string, value N) {
	family(w, name, kind, help)
	fmt.Fprintf(w, "%s %v\n", name, value)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
