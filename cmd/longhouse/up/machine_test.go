package up

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// TestLivesOfOneDirectory is one story, as each of its lives needs what those before it left.
func TestLivesOfOneDirectory(t *testing.T) {
	t.Parallel()
	h := setup(t)
	everything := slices.Sorted(slices.Values(slices.Concat(asking(h.layout), answering)))

	// A start that fails half-way leaves nothing running.
	must(t, os.WriteFile(h.path("broken"), nil, 0o600))
	if said := h.end(h.begin()); !strings.Contains(said, "for its version") {
		t.Errorf("it said %s", said)
	}
	if left := h.left(); len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
	h.silent()

	// What is killed leaves everything running.
	must(t, os.Remove(h.path("broken")))
	first := h.begin()
	h.up(first)
	if said := h.end(h.begin()); !strings.Contains(said, "another `longhouse up` runs on "+h.layout.Root) {
		t.Errorf("it said %s", said)
	}
	h.up(first) // which the second has not disturbed
	must(t, first.Process.Kill())
	h.end(first)
	before := h.left()
	if got := slices.Sorted(maps.Keys(before)); !slices.Equal(got, everything) {
		t.Fatalf("left: %v", got)
	}

	// A start that fails half-way ends what it started, and nothing else.
	h.kill(before["mail"])
	delete(before, "mail")
	must(t, os.WriteFile(h.path("broken"), nil, 0o600))
	if said := h.end(h.begin()); !strings.Contains(said, "for its version") {
		t.Errorf("it said %s", said)
	}
	if left := h.left(); !maps.Equal(left, before) {
		t.Errorf("left: %v, before: %v", left, before)
	}
	h.silent()

	// One that is told to stop before it is up leaves nothing, not even what it had not come to.
	must(t, os.Remove(h.path("broken")))
	must(t, os.WriteFile(h.path("slow"), nil, 0o600))
	slow := h.begin()
	h.eventually("the start to be half-way", func() bool { _, err := os.Stat(h.path("asked")); return err == nil })
	must(t, slow.Process.Signal(syscall.SIGINT))
	if said := h.end(slow); said != "stopped before everything was up\n" || slow.ProcessState.ExitCode() != 1 {
		t.Errorf("it said %s", said)
	}
	if left := h.left(); len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
	h.silent()

	// One that is up and is told to stop leaves nothing either.
	must(t, os.Remove(h.path("slow")))
	last := h.begin()
	h.up(last)
	must(t, last.Process.Signal(syscall.SIGTERM))
	if said := h.end(last); said != "" || !last.ProcessState.Success() {
		t.Errorf("it said %s", said)
	}
	if left := h.left(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	h.silent()
}

// kill ends the child with the record, and nobody restarts it.
func (h house) kill(record string) {
	h.Helper()
	var r struct{ Process proc.Record }
	must(h.T, json.Unmarshal([]byte(record), &r))
	p, err := proc.Adopt(r.Process)
	must(h.T, err)
	must(h.T, p.Kill(h.Context()))
}
