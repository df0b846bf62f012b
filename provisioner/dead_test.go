package provisioner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/longhouse-dev/longhouse/tenants"
)

// givenUp lets an operation of a tenant fail for good, or has it cancelled, and returns what the worker's log says of it.
func (r *rig) givenUp(e *Engine, cancelled bool) (op uuid.UUID, log string) {
	r.t.Helper()
	var told bytes.Buffer
	e.log = slog.New(slog.NewTextHandler(&told, nil))
	op = r.request()
	r.ofTenant(uuid.New(), op)
	r.when("do two", func(context.Context, *Run) error {
		if cancelled {
			r.must(r.cancel(op))
		}
		return permanent{errBadLuck}
	})
	r.must(e.Work(r.t.Context(), op))
	return op, told.String()
}

func TestAnOperationThatGivesUpIsToldAndCounted(t *testing.T) {
	t.Parallel()
	for name, cancelled := range map[string]bool{"gave up": false, "was cancelled": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			e := r.engine("a", time.Minute)
			op, log := r.givenUp(e, cancelled)
			want := 1
			if cancelled {
				want = 0
			}
			var events, listed int
			r.must(r.pool.QueryRow(t.Context(), "select count(*) from audit_events where action = 'operation.dead' and details ->> 'step' = 'two'").Scan(&events))
			dead, err := r.store.Operations(t.Context(), tenants.OperationFilter{Within: tenants.Everywhere, Dead: true}, tenants.Page{Limit: 10})
			r.must(err)
			listed = len(dead)
			counted := int(testutil.ToFloat64(e.metrics.givenUp.WithLabelValues("prepare")))
			if told := strings.Count(log, "event=operation.dead"); events != want || listed != want || counted != want || told != want {
				t.Errorf("%d events, %d listed, %d counted, %d told, want %d:\n%s", events, listed, counted, told, want, log)
			}
			if got := r.operation(op); got.Dead() == cancelled || got.State != tenants.Undone {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestEveryKindCanBeSeenToGiveUpForTheFirstTime(t *testing.T) {
	t.Parallel()
	if n := testutil.CollectAndCount(setup(t).engine("a", time.Minute).metrics.givenUp); n != len(tenants.Kinds) {
		t.Errorf("%d kinds are counted before anything happened, want %d", n, len(tenants.Kinds))
	}
}

func TestWhatAStepFailedWithStaysWithIt(t *testing.T) {
	t.Parallel()
	r := setup(t)
	fails := errors.New("no route to the store")
	r.when("do two", func(context.Context, *Run) error { return fails })
	e, op := r.engine("a", time.Minute), r.request()
	r.must(e.Work(t.Context(), op))
	if got := r.operation(op); got.Steps[1].Failure != "no route to the store" || got.Trouble() != "no route to the store" || got.Failure != "" {
		t.Errorf("after the first attempt: %+v", got)
	}
	fails = permanent{errors.New("the store is gone")}
	r.set(op, "due_at = clock_timestamp()")
	undone := errors.New("can't take it back")
	r.when("undo two", func(context.Context, *Run) error { return undone })
	r.must(e.Work(t.Context(), op))
	if got := r.operation(op); got.Trouble() != "can't take it back" || got.Failure != "two: the store is gone" {
		t.Errorf("while it can't be taken back: %+v", got)
	}
	undone = nil
	if got := r.finish(e, op); got.Trouble() != "two: the store is gone" || got.Steps[1].Failure == "" || got.Steps[1].Message != "" {
		t.Errorf("after everything was taken back: %+v", got)
	}
	fails = nil
	well := r.request()
	r.must(e.Work(t.Context(), well))
	if got := r.operation(well); got.Trouble() != "" || got.Steps[1].Failure != "" {
		t.Errorf("what went well: %+v", got)
	}
}

func TestAPassingFailureIsForgotten(t *testing.T) {
	t.Parallel()
	r := setup(t)
	failures := 1
	r.when("do two", func(context.Context, *Run) error {
		if failures--; failures >= 0 {
			return errBadLuck
		}
		return nil
	})
	e, op := r.engine("a", time.Minute), r.request()
	if got := r.finish(e, op); got.Steps[1].Failure != "" || got.Trouble() != "" {
		t.Errorf("%+v", got)
	}
}

func TestSecretsStayOutOfWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e, op := r.engine("a", time.Minute), r.request()
	_, err := r.store.RegisterRelease(t.Context(), tenants.Release{ID: uuid.New(), Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("0", 64), Path: "/"})
	r.must(err)
	r.set(op, "args = jsonb_build_object('release', (select id from releases))")
	site := Site{AdminURL: "postgres://root:needle-a@db/postgres", Secret: "needle-b"}
	e.cells.Put(&Cell{ID: r.cell, Databases: r.pool, Site: site, Key: [32]byte{1}})
	r.when("do one", func(ctx context.Context, run *Run) error {
		r.must(addStorage(ctx, run))
		return fmt.Errorf("%s and %s, at %s, or needle-a\x00: %s", run.secrets(ctx), site.Secret, site.AdminURL, strings.Repeat("ä", failureMost))
	})
	r.must(e.Work(t.Context(), op))
	got := r.operation(op).Steps[0].Failure
	if !strings.HasPrefix(got, "[*** *** ***] and ***, at ***, or ***: ä") || len(got) > failureMost+len("…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func TestWhatInterruptsIsWrittenDownUntilItGetsOn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.stopped("", "do two")
	r.must(r.without("two").Work(t.Context(), op))
	if got := r.operation(op); !strings.Contains(got.Trouble(), "step two is another version's") || !strings.HasPrefix(got.Message, "interrupted between two steps, attempt 1; the next one is in ") {
		t.Errorf("%+v", got)
	}
	if got := r.finish(r.engine("a", time.Minute), op); got.Trouble() != "" {
		t.Errorf("it got on, and says %q", got.Trouble())
	}
}
