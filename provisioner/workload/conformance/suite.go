package conformance

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// Run checks every promise of workload.Engine on engines of its own.
func Run(t *testing.T, newSubject func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"an unknown instance is absent", unknownIsAbsent},
		{"apply makes the instance serve", applyServes},
		{"the same apply again changes nothing", applyTwice},
		{"the environment is what was described and where to listen", environment},
		{"a change replaces the process", changeReplaces},
		{"a higher generation of the same description keeps the process", sameKeeps},
		{"a lower generation is stale and changes nothing", staleApply},
		{"a change within a generation is refused", changeWithinGeneration},
		{"a bad description is refused and changes nothing", badDescription},
		{"remove leaves nothing and can be repeated", removeLeavesNothing},
		{"a stale remove is refused", staleRemove},
		{"a removed instance isn't resurrected by a late apply", lateApply},
		{"a removed instance may come back with a higher generation", comeBack},
		{"remove drains", removeDrains},
		{"remove kills what won't drain", removeKills},
		{"an instance that ends is started again", crashRestarts},
		{"instances outlive the engine", outliveEngine},
		{"the engine's restart resurrects nothing", restartResurrectsNothing},
		{"the engine's restart keeps the generation", restartKeepsGeneration},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newSubject(t))
		})
	}
}

func unknownIsAbsent(t *testing.T, s Subject) {
	name := id.Show(id.Instance, id.New())
	if o := observe(t, s, name); o.State != workload.StateAbsent || o.ID != name || o.Generation != 0 {
		t.Fatalf("observed %+v", o)
	}
	if _, err := s.Engine().Observe(t.Context(), "../etc"); !errors.Is(err, workload.ErrInvalid) {
		t.Fatalf("a text that is no id: %v", err)
	}
}

func applyServes(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	o := serving(t, s, d)
	if o.ID != d.ID || o.Restarts != 0 || o.LastExit != "" || time.Since(o.StartedAt) > time.Minute {
		t.Fatalf("observed %+v", o)
	}
}

func applyTwice(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	apply(t, s, d)
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func environment(t *testing.T, s Subject) {
	d := with(s.Desired(t), "GIVEN", "a b\"c'$d=e\nf")
	apply(t, s, d)
	o := serving(t, s, d)
	got := get(t, s, o, "/environ")
	if !strings.Contains(got, "GIVEN="+d.Env["GIVEN"]) {
		t.Errorf("GIVEN didn't arrive as it was")
	}
	for name, where := range map[string]string{workload.ListenVariable: o.Socket, workload.AdminListenVariable: o.AdminSocket} {
		if !strings.Contains(got, name+"=") || !strings.Contains(got, where) {
			t.Errorf("%s doesn't name %s", name, where)
		}
	}
	if strings.Contains(got, OfTheEngine) {
		t.Error("the engine's own environment was inherited")
	}
}

func changeReplaces(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := get(t, s, serving(t, s, d), "/pid")
	d = with(d, "NEW", "1")
	d.Generation = 7
	apply(t, s, d)
	o := serving(t, s, d)
	if after := get(t, s, o, "/pid"); after == before {
		t.Fatal("the old process still serves")
	}
	if !strings.Contains(get(t, s, o, "/environ"), "NEW=1") {
		t.Fatal("the new process runs the old description")
	}
}

func sameKeeps(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	d.Generation++
	apply(t, s, d)
	after := serving(t, s, d)
	if after.PID != before.PID || after.Generation != d.Generation {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func staleApply(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 5
	apply(t, s, d)
	before := serving(t, s, d)
	old := with(d, "OLD", "1")
	old.Generation = 4
	if err := s.Engine().Apply(t.Context(), old); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func changeWithinGeneration(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	if err := s.Engine().Apply(t.Context(), with(d, "OTHER", "1")); !errors.Is(err, workload.ErrInvalid) {
		t.Fatalf("err = %v, want ErrInvalid", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func badDescription(t *testing.T, s Subject) {
	for name, spoil := range map[string]func(*workload.Desired){
		"generation 0":         func(d *workload.Desired) { d.Generation = 0 },
		"relative binary":      func(d *workload.Desired) { d.Binary = "server" },
		"path with dots":       func(d *workload.Desired) { d.Binary = "/x/../y" },
		"missing binary":       func(d *workload.Desired) { d.Binary = "/nonexistent/server" },
		"no digest":            func(d *workload.Desired) { d.SHA256 = "" },
		"digest of other file": func(d *workload.Desired) { d.SHA256 = strings.Repeat("0", 64) },
		"negative uid":         func(d *workload.Desired) { d.UID = -1 },
		"negative limit":       func(d *workload.Desired) { d.Limits.PIDs = -1 },
		"endless grace":        func(d *workload.Desired) { d.DrainGrace = 24 * time.Hour },
		"variable with =":      func(d *workload.Desired) { *d = with(*d, "A=B", "secret-value") },
		"value with zero byte": func(d *workload.Desired) { *d = with(*d, "A", "secret-value\x00") },
		"own listener":         func(d *workload.Desired) { *d = with(*d, workload.ListenVariable, "secret-value") },
		"argument with zero":   func(d *workload.Desired) { d.Args = []string{"a\x00"} },
	} {
		d := s.Desired(t)
		spoil(&d)
		err := s.Engine().Apply(t.Context(), d)
		if !errors.Is(err, workload.ErrInvalid) {
			t.Errorf("%s: err = %v, want ErrInvalid", name, err)
			continue
		}
		if strings.Contains(err.Error(), "secret-value") {
			t.Errorf("%s: the error quotes a value: %v", name, err)
		}
		if o := observe(t, s, d.ID); o.State != workload.StateAbsent {
			t.Errorf("%s: it was taken on: %+v", name, o)
		}
	}
	d := s.Desired(t)
	d.ID = "in_../../etc"
	if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrInvalid) {
		t.Errorf("bad id: err = %v, want ErrInvalid", err)
	}
}

func removeLeavesNothing(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	o := serving(t, s, d)
	for range 2 {
		remove(t, s, d)
		if got := get(t, s, o, "/pid"); got != "" {
			t.Fatalf("it still serves, as process %s", got)
		}
		if after := observe(t, s, d.ID); after.State != workload.StateAbsent || after.PID != 0 {
			t.Fatalf("observed %+v", after)
		}
	}
	remove(t, s, s.Desired(t)) // never known
}

func staleRemove(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 3
	apply(t, s, d)
	before := serving(t, s, d)
	if err := s.Engine().Remove(t.Context(), d.ID, 2); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
	if after := observe(t, s, d.ID); after != before {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
}

func lateApply(t *testing.T, s Subject) {
	known, unknown := s.Desired(t), s.Desired(t)
	apply(t, s, known)
	for _, d := range []workload.Desired{known, unknown} {
		remove(t, s, d)
		if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
			t.Fatalf("err = %v, want ErrStale", err)
		}
		if o := observe(t, s, d.ID); o.State != workload.StateAbsent {
			t.Fatalf("observed %+v", o)
		}
	}
}

func comeBack(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	serving(t, s, d)
	remove(t, s, d)
	d.Generation++
	apply(t, s, d)
	serving(t, s, d)
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
	if got := get(t, s, o, "/pid"); got != "" {
		t.Fatalf("it still serves, as process %s", got)
	}
}

func crashRestarts(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	get(t, s, before, "/crash")
	after := until(t, s, d.ID, "its second life", func(o workload.Observed) bool {
		return o.State == workload.StateRunning && o.Restarts == 1
	})
	if !strings.Contains(after.LastExit, strconv.Itoa(3)) {
		t.Errorf("last exit = %q, the code was 3", after.LastExit)
	}
	serving(t, s, d)
}

func outliveEngine(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := serving(t, s, d)
	s.Restart(t)
	after := serving(t, s, d)
	if after.PID != before.PID || !after.StartedAt.Equal(before.StartedAt) || after.Restarts != 0 {
		t.Fatalf("before %+v\nafter  %+v", before, after)
	}
	get(t, s, after, "/crash")
	until(t, s, d.ID, "its second life", func(o workload.Observed) bool {
		return o.State == workload.StateRunning && o.Restarts == 1
	})
	remove(t, s, d)
}

func restartResurrectsNothing(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	serving(t, s, d)
	remove(t, s, d)
	s.Restart(t)
	if o := observe(t, s, d.ID); o.State != workload.StateAbsent {
		t.Fatalf("observed %+v", o)
	}
	if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
}

func restartKeepsGeneration(t *testing.T, s Subject) {
	d := s.Desired(t)
	d.Generation = 9
	apply(t, s, d)
	s.Restart(t)
	d.Generation = 8
	if err := s.Engine().Apply(t.Context(), d); !errors.Is(err, workload.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
}
