package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// build carries out runs on cells as a worker would, and lets them end as end says.
func (s *shell) build(end tenants.CellRunEnd) {
	ctx, cancel := context.WithCancel(context.Background())
	var building sync.WaitGroup
	building.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			run, ok, err := s.store.TakeCellRun(ctx, "builder", time.Minute)
			if ok && err == nil {
				err = s.store.EndCellRun(ctx, run, "builder", end)
			}
			if err != nil && ctx.Err() == nil {
				s.t.Error(err)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	s.t.Cleanup(func() {
		cancel()
		building.Wait()
	})
}

// asOperator is a shell whose LONGHOUSE_TOKEN is an operator's.
func asOperator(t *testing.T) *shell {
	t.Helper()
	s := setup(t, tenants.Succeeded)
	token, err := s.store.EnsureOperator(t.Context(), "local")
	s.must(err)
	s.token = token
	return s
}

func TestAPlanIsShownBeforeItIsApplied(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	s.build(tenants.CellRunEnd{State: tenants.RunSucceeded, Message: "1 to create", Outputs: []byte(`{}`),
		Changes: []tenants.CellChange{{Address: "longhouse_bucket.backup", Action: "create", Attributes: []tenants.CellAttribute{{Name: "secret", After: "(sensitive)"}}}}})
	r := s.run("cells", "apply", "local")
	if r.code != exitUsage || !strings.Contains(r.out, "longhouse_bucket.backup") || !strings.Contains(r.out, "- -> (sensitive)") || !strings.Contains(r.err, "nothing was done") {
		t.Errorf("%+v", r)
	}
	var plan, done client.CellRun
	s.want(exitDone, "cells", "plan", "local", "--json").into(t, &plan)
	s.want(exitDone, "cells", "apply", "local", "--plan", plan.ID, "--json").into(t, &done)
	if done.Kind != client.CellRunKindApply || done.Plan == nil || *done.Plan != plan.ID {
		t.Errorf("%+v", done)
	}
	s.want(exitDone, "cells", "apply", "local", "--yes", "--json").into(t, &done)
	if r := s.want(exitDone, "cells", "drift", "local", "--dry-run"); !strings.Contains(r.out, "Nothing was changed") {
		t.Errorf("%+v", r)
	}
	s.want(exitRefused, "cells", "destroy", "local", "--confirm", "local") // the first cell stays
	if r := s.want(exitDone, "cells", "runs", "local"); strings.Count(r.out, "\n") != 6 {
		t.Errorf("%s", r.out)
	}
}

func TestARunThatFailsSaysWhatTerraformSaid(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	s.build(tenants.CellRunEnd{State: tenants.RunFailed, Message: "neither terraform nor tofu is in PATH"})
	if r := s.want(exitUndone, "cells", "plan", "local"); !strings.Contains(r.err, "plan of cell local failed (run_") || !strings.Contains(r.err, "neither terraform nor tofu is in PATH") {
		t.Errorf("%+v", r)
	}
}

func TestACellThatNoWorkerReachesSaysSinceWhen(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	local, err := s.store.FindCell(t.Context(), "local")
	s.must(err)
	s.must(s.store.NoteContact(t.Context(), local.ID, nil))
	if r := s.want(exitDone, "cells", "list"); strings.Contains(r.out, "not since") {
		t.Errorf("%s", r.out)
	}
	s.must(s.store.NoteContact(t.Context(), local.ID, errors.New("nobody answers")))
	if r := s.want(exitDone, "cells", "list"); !strings.Contains(r.out, "not since 20") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "cells", "show", "local"); !strings.Contains(r.out, "not since 20") || !strings.Contains(r.out, "nobody answers") {
		t.Errorf("%s", r.out)
	}
}

func TestTheListOfCellsForesees(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	local, err := s.store.FindCell(t.Context(), "local")
	s.must(err)
	limit := int64(1000)
	s.must(s.store.NoteCapacity(t.Context(), local.ID, []tenants.Measurement{{Dimension: tenants.ConnectionsDimension, Limit: &limit, Used: 100}}))
	_, err = s.pool.Exec(t.Context(), `insert into cell_samples (cell_id, dimension, day, used)
		select cell_id, dimension, day - n, used - 20 * n from cell_samples, generate_series(1, 4) n where dimension = 'connections'`)
	s.must(err)
	if r := s.want(exitDone, "cells", "list"); !strings.Contains(r.out, "connections full in about 40 days") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "cells", "limit", "local", "workspaces=0")
	if r := s.want(exitDone, "cells", "list"); !strings.Contains(r.out, "workspaces full now, next connections full in about 40 days") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "cells", "show", "local"); !strings.Contains(r.out, "workspaces is full (0 of 0 used); next is connections, full in about 40 days") {
		t.Errorf("%s", r.out)
	}
}

func TestLimitsAreReadAndShown(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	var cell client.Cell
	s.want(exitDone, "cells", "limit", "local", "workspaces=2", "disk_bytes=3GiB", "--json").into(t, &cell)
	if *cell.Capacity[0].Limit != 2 || *cell.Capacity[2].Limit != 3<<30 {
		t.Errorf("%+v", cell.Capacity)
	}
	cell = client.Cell{}
	s.want(exitDone, "cells", "limit", "local", "disk_bytes=measured", "--json").into(t, &cell)
	if cell.Capacity[2].Limit != nil {
		t.Errorf("%+v", cell.Capacity[2])
	}
	if r := s.want(exitDone, "cells", "list"); !strings.Contains(r.out, "workspaces 0 %") {
		t.Errorf("%s", r.out)
	}
	for _, bad := range []string{"workspaces", "workspaces=many", "disk_bytes=-1", "disk_bytes=1.5GiB", "disk_bytes=9999999999TiB"} {
		s.want(exitUsage, "cells", "limit", "local", bad)
	}
	s.want(exitRefused, "cells", "limit", "local", "luck=1")
}
