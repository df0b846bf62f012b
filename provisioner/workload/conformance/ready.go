package conformance

import (
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func readyWhenItSaysSo(t *testing.T, s Subject)  { readyLater(t, s, unreadyRefuses) }
func readyNotWhenSilent(t *testing.T, s Subject) { readyLater(t, s, unreadySilent) }

func readyLater(t *testing.T, s Subject, how string) {
	d := with(s.Desired(t), UnreadyVariable, how)
	apply(t, s, d)
	o := until(t, s, d.ID, "an instance that listens", func(o workload.Observed) bool {
		return o.State == workload.StateRunning && get(t, s, o, "/life") != ""
	})
	began := time.Now()
	if o := observe(t, s, d.ID); o.Ready || o.State != workload.StateRunning {
		t.Fatalf("before it is ready: %+v", o)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Fatalf("to observe it took %s", took)
	}
	get(t, s, o, "/become-ready")
	until(t, s, d.ID, "an instance that is ready", func(o workload.Observed) bool { return o.Ready })
}
