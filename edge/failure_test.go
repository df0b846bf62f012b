package edge

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// failures are those that the figures tell of, by reason, without what never happened.
func (r *rig) failures() map[string]string {
	r.t.Helper()
	found := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(r.admin("/metrics").body)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), `longhouse_edge_failures_total{reason="`)
		if reason, n, _ := strings.Cut(rest, `"} `); ok && n != "0" {
			found[reason] = n
		}
	}
	return found
}

// ended waits until so many requests have been counted.
func (r *rig) ended(n int) {
	r.t.Helper()
	eventually(r.t, "requests are counted", func() bool {
		return strings.Contains(r.admin("/metrics").body, fmt.Sprintf("longhouse_edge_request_duration_seconds_count %d\n", n))
	})
}

// mishaps is an instance that fails as the path says.
func mishaps(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/fails":
		w.WriteHeader(http.StatusInternalServerError)
	case "/lacks":
		w.WriteHeader(http.StatusNotImplemented)
	case "/breaks", "/drips":
		_, _ = io.WriteString(w, "the beginning")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/breaks" {
			panic(http.ErrAbortHandler)
		}
		<-r.Context().Done()
	case "/waits":
		<-r.Context().Done()
	}
}

// TestNobodyIsAtFaultWhereSomebodyMeantIt: a workspace that was stopped, a name that nobody has, what the instance does not have, and
// clients that hang up, before the answer and in its midst.
func TestNobodyIsAtFaultWhereSomebodyMeantIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	halted := routeTo("halted", "/nowhere")
	halted.State = feed.StateStopped
	r.control.set(1, r.instance("acme", http.HandlerFunc(mishaps)), halted)
	r.start()
	r.waitVersion(1)
	r.get("halted.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "")
	r.get("never.longhouse.localhost", "/").want(t, http.StatusNotFound, "")
	r.get("acme.longhouse.localhost", "/lacks").want(t, http.StatusNotImplemented, "")
	for _, path := range []string{"/waits", "/drips"} {
		r.hangUp("acme.longhouse.localhost", path)
	}
	r.ended(5)
	if found := r.failures(); len(found) != 0 {
		t.Errorf("there are failures: %v", found)
	}
}

// hangUp asks, and leaves: when the answer has begun, or before.
func (r *rig) hangUp(host, path string) {
	r.t.Helper()
	ctx, leave := context.WithCancel(r.t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr()+path, nil)
	must(r.t, err)
	req.Host = host
	answered := make(chan *http.Response, 1)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(req)
		if err == nil {
			defer res.Body.Close()
		}
		answered <- res
	}()
	if path == "/drips" {
		<-answered
		return
	}
	eventually(r.t, "the instance has it", func() bool {
		return strings.Contains(r.admin("/metrics").body, "longhouse_edge_requests_in_flight 1\n")
	})
	leave()
	<-answered
}

func TestFaultsOfOursAndOfInstancesAreCountedByReason(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(mishaps)), routeTo("lost", "/nowhere"))
	r.start(func(s *server) { s.retries.patience = 0 })
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/fails").want(t, http.StatusInternalServerError, "")
	r.get("lost.longhouse.localhost", "/").want(t, http.StatusBadGateway, "")
	if a := r.get("acme.longhouse.localhost", "/breaks"); a.err == nil {
		t.Errorf("the answer was not torn: %q", a.body)
	}
	r.ended(3)
	found := r.failures()
	if len(found) != 3 || found["instance"] != "1" || found["unreachable"] != "1" || found["broken_off"] != "1" {
		t.Errorf("the failures are %v", found)
	}
}

func TestEveryReasonIsToldOfBeforeItHappens(t *testing.T) {
	t.Parallel()
	r := setup(t)
	text := r.admin("/metrics").body
	for _, reason := range failureReasons {
		if !strings.Contains(text, fmt.Sprintf("longhouse_edge_failures_total{reason=%q} 0\n", reason)) {
			t.Errorf("%s is missing", reason)
		}
	}
	for _, f := range []refusal{badHost, badMethod, badTarget, badBody, slowClient, tooManyHeaders, unknownHost, starting, leaving, unreachable, crowded, greedy, tooSlow, stopped("")} {
		if known := newMetrics().failures[f.reason] != nil; known != f.fault {
			t.Errorf("%s is a fault: %t, and is told of: %t", f.reason, f.fault, known)
		}
	}
}
