package provisioner

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestStepsOfTwoVersionsAreBroughtTogetherByName(t *testing.T) {
	t.Parallel()
	ours := plan{steps: []Step{{Name: "a"}, {Name: "b"}, {Name: "c"}}, former: []Step{{Name: "old"}}}
	for name, test := range map[string]struct{ written, want []string }{
		"nobody has begun":                 {nil, []string{"a waiting", "b waiting", "c waiting"}},
		"the same":                         {[]string{"a done", "b running", "c waiting"}, []string{"a done", "b running", "c waiting"}},
		"one of ours is new":               {[]string{"a done", "c running"}, []string{"a done", "b waiting", "c running"}},
		"one of theirs that nobody began":  {[]string{"a done", "x waiting", "b waiting", "c waiting"}, []string{"a done", "b waiting", "c waiting"}},
		"one of theirs that was begun":     {[]string{"a done", "x running", "b waiting", "c waiting"}, []string{"a done", "x running, foreign", "b waiting", "c waiting"}},
		"two of theirs, first":             {[]string{"x done", "y undone", "a done"}, []string{"x done, foreign", "y undone, foreign", "a done", "b waiting", "c waiting"}},
		"one of the version before":        {[]string{"a done", "b done", "old done", "c waiting"}, []string{"a done", "b done", "old done", "c waiting"}},
		"one of the version before, unmet": {[]string{"a done", "b done", "old waiting"}, []string{"a done", "b done", "c waiting"}},
	} {
		var written []dbsql.ListStepsRow
		for _, line := range test.written {
			var row dbsql.ListStepsRow
			row.Name, row.State, _ = strings.Cut(line, " ")
			written = append(written, row)
		}
		var got []string
		for _, s := range stages(ours, written) {
			line := s.Name + " " + s.state
			if s.foreign {
				line += ", foreign"
			}
			got = append(got, line)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// without is an engine of a version whose plan lacks a step.
func (r *rig) without(step string, former ...Step) *Engine {
	r.t.Helper()
	e := r.engine("other version", time.Minute)
	p := e.plans[tenants.KindPrepare]
	p.steps = slices.DeleteFunc(slices.Clone(p.steps), func(s Step) bool { return s.Name == step })
	p.former = former
	e.plans[tenants.KindPrepare] = p
	return e
}

// stopped is an operation that a worker, whose plan may lack a step, has begun, and left in an attempt.
func (r *rig) stopped(lacks, what string) uuid.UUID {
	r.t.Helper()
	if strings.HasPrefix(what, "undo") {
		r.when("do three", func(context.Context, *Run) error { return permanent{errBadLuck} })
	}
	r.when(what, func(context.Context, *Run) error { return errBadLuck })
	op := r.request()
	r.must(r.without(lacks).Work(r.t.Context(), op))
	r.set(op, "due_at = clock_timestamp()")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal, r.then = nil, map[string]call{}
	return op
}

func TestAPlanWithAnotherStepPicksUpWhatTheOtherVersionBegan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		older, newer string // the step that a version lacks
		stopped      string
		want         []string
		end          tenants.Progress
	}{
		"a step is new":                          {"two", "", "do three", []string{"do two", "do three", "end succeeded"}, tenants.Succeeded},
		"a step is new, while it is taken back":  {"two", "", "undo three", []string{"undo three", "undo one", "end undone"}, tenants.Undone},
		"a step is gone that nobody began":       {"", "three", "do two", []string{"do two", "end succeeded"}, tenants.Succeeded},
		"a step is gone that was done":           {"", "two", "do three", []string{"do three", "end succeeded"}, tenants.Succeeded},
		"a step is gone, and taken back already": {"", "three", "undo two", []string{"undo two", "undo one", "end undone"}, tenants.Undone},
		"a step is gone that nobody has to undo": {"", "three", "undo one", []string{"undo one", "end undone"}, tenants.Undone},
		"nothing has changed, while taken back":  {"", "", "undo two", []string{"undo two", "undo one", "end undone"}, tenants.Undone},
		"nothing has changed, in the last step":  {"", "", "do three", []string{"do three", "end succeeded"}, tenants.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			op := r.stopped(test.older, test.stopped)
			r.must(r.without(test.newer).Work(t.Context(), op))
			r.happened(test.want...)
			if got := r.operation(op); got.State != test.end {
				t.Errorf("the operation is %+v", got)
			}
		})
	}
}

func TestWhatOnlyAnotherVersionCanTakeBackIsLeftToIt(t *testing.T) {
	t.Parallel()
	for what, want := range map[string][]string{"do two": {"do two", "do three", "end succeeded"}, "undo two": {"undo two", "undo one", "end undone"}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			op := r.stopped("", what)
			r.must(r.without("two").Work(t.Context(), op))
			r.happened()
			if !r.truth(op, "interruptions = 1 and lease_owner is null and due_at > clock_timestamp()") {
				t.Error("it is not left for a worker that knows the step")
			}
			r.set(op, "due_at = clock_timestamp()")
			r.must(r.engine("b", time.Minute).Work(t.Context(), op))
			r.happened(want...)
		})
	}
}

func TestAStepOfTheVersionBeforeIsTakenBackAsItWasDone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.stopped("", "do three")
	e := r.without("two", Step{"two", r.doing("do former two"), r.doing("undo former two")})
	_, err := r.store.Cancel(t.Context(), tenants.Principal{}, op, "")
	r.must(err)
	r.must(e.Work(t.Context(), op))
	r.happened("undo three", "undo former two", "undo one", "end undone")
	if got := r.operation(op); !slices.Equal(states(got), []string{stepUndone, stepUndone, stepUndone}) {
		t.Errorf("the operation is %+v", got)
	}
}
