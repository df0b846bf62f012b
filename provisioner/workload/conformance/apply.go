package conformance

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

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
	for _, name := range []string{workload.ListenVariable, workload.AdminListenVariable, workload.FolderVariable} {
		if !regexp.MustCompile("(?m)^" + name + "=.").MatchString(got) {
			t.Errorf("%s doesn't say anything", name)
		}
	}
	administered := o
	administered.Socket = o.AdminSocket
	if get(t, s, administered, "/life") != get(t, s, o, "/life") {
		t.Errorf("it can't be reached where %s says", workload.AdminListenVariable)
	}
	if strings.Contains(got, OfTheEngine) {
		t.Error("the engine's own environment was inherited")
	}
}

func changeReplaces(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := get(t, s, serving(t, s, d), "/life")
	d = with(d, "NEW", "1")
	d.Generation = 7
	apply(t, s, d)
	o := serving(t, s, d)
	if after := get(t, s, o, "/life"); after == before {
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
	life := get(t, s, before, "/life")
	d.Generation++
	apply(t, s, d)
	after := serving(t, s, d)
	if get(t, s, after, "/life") != life || after.PID != before.PID || after.Generation != d.Generation {
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
		"sockets of its own":   func(d *workload.Desired) { *d = with(*d, workload.InheritedVariable, "secret-value") },
		"own broker":           func(d *workload.Desired) { *d = with(*d, workload.BrokerVariable, "secret-value") },
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
