package supervisor

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

func TestNextLifeAdoptsWhatRunsAsItShall(t *testing.T) {
	t.Parallel()
	s := setup(t)
	left := s.leftBehind()
	if names := Left(s.dir); !slices.Equal(names, []string{"actor"}) {
		t.Errorf("left = %v", names)
	}
	v := s.life()
	l := s.keep(v, s.alike())
	if l.PID() != left.PID || !l.adopted {
		t.Errorf("it is %d, and %d was left", l.PID(), left.PID)
	}
	s.must(v.Stop(t.Context(), "actor"))
	if running(left) {
		t.Error("an adopted child was not stopped")
	}
	if names := Left(s.dir); len(names) != 0 {
		t.Errorf("left = %v", names)
	}
	s.forgotten("actor")
}

// alike is what leftBehind leaves, ready as soon as it is asked.
func (s stage) alike() Child {
	c := s.actor("idle", "actor")
	c.Ready = func(context.Context, int) error { return nil }
	return c
}

func TestChildThatWouldRunOtherwiseIsReplaced(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*Child){
		"arguments": func(c *Child) { c.Spec.Args = []string{"-test.v"} },
		"settings":  func(c *Child) { c.Settings = "another port" },
	}
	if os.Geteuid() == 0 { // nobody else may say who a child is
		changes["user"] = func(c *Child) { c.Spec.Credential = &proc.Credential{UID: 0, GID: 0} }
	}
	for name, change := range changes {
		s := setup(t)
		left := s.leftBehind()
		c := s.alike()
		change(&c)
		l := s.keep(s.life(), c)
		if l.PID() == left.PID || l.adopted || running(left) {
			t.Errorf("%s: it was not replaced", name)
		}
		if s.record("actor").Process != l.Record() {
			t.Errorf("%s: its record was not", name)
		}
	}
}

func TestCondemnedChildIsReplacedByTheNextLife(t *testing.T) {
	t.Parallel()
	s := setup(t)
	left := s.leftBehind()
	s.must(s.life().Condemn("actor"))
	if !running(left) {
		t.Error("it ended at once")
	}
	if l := s.keep(s.life(), s.alike()); l.adopted || running(left) {
		t.Error("it was adopted")
	}
	s.must(s.life().Condemn("nobody"))
}

func TestRecordOfSomebodyElseIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	bystander, err := proc.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"600"}})
	s.must(err)
	t.Cleanup(func() { _ = kill(bystander) })
	r := bystander.Record()
	r.StartTime--
	s.must(v.write("actor", record{Process: r, Runs: hash(s.alike())}))
	if names := Left(s.dir); len(names) != 0 {
		t.Errorf("left = %v", names)
	}
	if l := s.keep(v, s.alike()); l.adopted || l.PID() == bystander.PID() {
		t.Error("it was adopted")
	}
	if !bystander.Alive() {
		t.Error("a bystander was ended")
	}
}

func TestChildWithoutARecordIsFoundAndReplaced(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(file string) error{
		"no record":     os.Remove,
		"half a record": func(file string) error { return os.WriteFile(file, []byte(`{"proc`), 0o600) },
	} {
		s := setup(t)
		left := s.leftBehind()
		s.must(lose(recordFile(s.dir, "actor")))
		if names := Left(s.dir); !slices.Equal(names, []string{"actor"}) {
			t.Errorf("%s: left = %v", name, names)
		}
		if l := s.keep(s.life(), s.alike()); l.adopted || running(left) {
			t.Errorf("%s: it was not replaced", name)
		}
	}
}

func TestChildrenOfAnotherDirectoryAreNotOurs(t *testing.T) {
	t.Parallel()
	other, s := setup(t), setup(t)
	theirs := other.keep(other.life(), other.actor("idle", "actor"))
	if names := Left(s.dir); len(names) != 0 {
		t.Errorf("left = %v", names)
	}
	s.keep(s.life(), s.actor("idle", "actor"))
	if !theirs.Alive() {
		t.Error("a child of another directory was stopped")
	}
}

func TestDirectoryIsTheSameByAnyName(t *testing.T) {
	t.Parallel()
	s := setup(t)
	left := s.leftBehind()
	s.must(os.Remove(recordFile(s.dir, "actor")))
	link := s.dir + "-link"
	s.must(os.Symlink(s.dir, link))
	if names := Left(link); !slices.Equal(names, []string{"actor"}) {
		t.Errorf("left = %v", names)
	}
	s.must(stage{t, link}.life().Stop(t.Context(), "actor"))
	if running(left) {
		t.Error("it runs")
	}
}

func TestChildThatCannotBeRememberedDoesNotRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	s.must(os.RemoveAll(s.dir))
	if err := v.Keep(s.deadline(), s.actor("idle", "actor")); err == nil || !strings.Contains(err.Error(), "remember actor") {
		t.Errorf("err = %v", err)
	}
	if left := strays(s.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
