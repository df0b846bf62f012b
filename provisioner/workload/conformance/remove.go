package conformance

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func removeLeavesNothing(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	o := serving(t, s, d)
	for range 2 {
		remove(t, s, d)
		if got := get(t, s, o, "/life"); got != "" {
			t.Fatalf("it still serves, as %s", got)
		}
		if after := observe(t, s, d.ID); after.State != workload.StateAbsent || after.PID != 0 {
			t.Fatalf("observed %+v", after)
		}
	}
	remove(t, s, s.Desired(t)) // never known
}

func removeDrains(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	o := serving(t, s, d)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://instance/until-drained", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client(o).Do(req) // the header says that the request is under way
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	remove(t, s, d)
	body := make([]byte, 64)
	n, _ := resp.Body.Read(body)
	if got := string(body[:n]); got != "drained" {
		t.Fatalf("the request under way got %q", got)
	}
}

func removeKills(t *testing.T, s Subject) {
	d := with(s.Desired(t), StubbornVariable, "1")
	d.DrainGrace = 50 * time.Millisecond
	apply(t, s, d)
	o := serving(t, s, d)
	remove(t, s, d)
	if got := get(t, s, o, "/life"); got != "" {
		t.Fatalf("it still serves, as %s", got)
	}
}
