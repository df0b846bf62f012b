package provisioner

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// site is a rig with a builder, and cells to be that have real parts.
type site struct {
	*rig
	builder Builder
	dir     string
}

var someOperator = tenants.Principal{Operator: uuid.MustParse("01930000-0000-7000-8000-000000000001")}

func setupSite(t *testing.T) *site {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhsite") // unix sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &site{rig: setup(t), dir: dir}
	s.builder = Builder{Store: s.store, Dir: filepath.Join(dir, "terraform"), StateURLFile: s.secret("state", testdb.New(t)), Agent: "/run/agent",
		Name: "builder", Log: slog.New(slog.DiscardHandler)}
	s.must(os.MkdirAll(s.builder.plans(), 0o700))
	return s
}

func (s *site) secret(name, text string) string {
	file := filepath.Join(s.dir, name)
	s.must(os.WriteFile(file, []byte(text+"\n"), 0o600))
	return file
}

// config is of a cell whose object store is administered at socket. All cells of a test share a database server, each
// under an address of its own.
func (s *site) config(name, socket string) tenants.CellConfig {
	server := testdb.Cluster(s.t)
	address := filepath.Join(s.dir, name)
	s.must(os.Symlink(server.SocketDir, address))
	return tenants.CellConfig{
		Database: tenants.CellDatabase{Host: address, Port: 5432, AdminURLFile: s.secret(name+".url", server.AdminURL)},
		ObjectStore: tenants.CellStore{Endpoint: name + ":9000", Region: "local", PathStyle: true, AdminSocket: socket,
			SecretFile: s.secret(name+".secret", "store-secret-of-"+name)}}
}

// add adds a cell whose name no other test uses: the template in the shared server is called by it.
func (s *site) add(prefix string, config func(name string) tenants.CellConfig) tenants.Cell {
	s.t.Helper()
	name := prefix + strings.ToLower(strings.TrimPrefix(id.Show("x", id.New()), "x_"))[16:]
	cell, err := s.store.AddCell(s.t.Context(), someOperator, tenants.NewCell{Name: name, Region: "north", Kind: "local", Config: config(name)})
	s.must(err)
	s.t.Cleanup(func() {
		err := terraform.PostgresDatabases{AdminURL: testdb.Cluster(s.t).AdminURL}.DropTemplate(context.Background(), strings.ReplaceAll(name, "-", "_")+"_template")
		if err != nil {
			s.t.Error(err)
		}
	})
	return cell
}

// run asks for a run and carries it out.
func (s *site) run(cell tenants.Cell, kind tenants.CellRunKind, plan *uuid.UUID) tenants.CellRun {
	s.t.Helper()
	run, err := s.store.RunCell(s.t.Context(), someOperator, cell.ID, kind, plan)
	s.must(err)
	taken, ok, err := s.store.TakeCellRun(s.t.Context(), s.builder.Name, time.Minute)
	s.must(err)
	if !ok || taken.ID != run.ID {
		s.t.Fatalf("took %+v", taken)
	}
	s.builder.work(s.t.Context(), taken)
	return s.look(run.ID)
}

func (s *site) look(run uuid.UUID) tenants.CellRun {
	s.t.Helper()
	is, err := s.store.CellRun(s.t.Context(), run)
	s.must(err)
	return is
}

func (s *site) succeeded(run tenants.CellRun, message string) tenants.CellRun {
	s.t.Helper()
	if run.State != tenants.RunSucceeded || run.Message != message {
		s.t.Fatalf("%s is %s: %s, want %s", run.Kind, run.State, run.Message, message)
	}
	return run
}

func (s *site) failed(run tenants.CellRun, say string) {
	s.t.Helper()
	if run.State != tenants.RunFailed || !strings.Contains(run.Message, say) || strings.Contains(run.Message, "store-secret") {
		s.t.Fatalf("%s is %s: %s, want ...%s...", run.Kind, run.State, run.Message, say)
	}
}

func (s *site) refused(err error, say string) {
	s.t.Helper()
	if err == nil || !strings.Contains(err.Error(), say) {
		s.t.Fatalf("%v, want ...%s...", err, say)
	}
}

// beside plans, changes the stack without the domain, as somebody does who runs terraform by hand, and applies the plan.
func (s *site) beside(cell tenants.Cell, store *storetest.Store) {
	s.t.Helper()
	ctx := s.t.Context()
	is, err := OpenSite(s.cellNow(cell), s.builder.Agent)
	s.must(err)
	state, err := secretIn(s.builder.StateURLFile)
	s.must(err)
	runner, err := terraform.NewRunner(ctx, s.builder.Dir, state)
	s.must(err)
	plan := s.run(cell, tenants.RunPlan, nil)
	s.must(runner.Destroy(ctx, is.Stack()))
	s.failed(s.run(cell, tenants.RunApply, &plan.ID), "the plan is out of date: somebody has changed the stack since")
	again := s.succeeded(s.run(cell, tenants.RunPlan, nil), "3 to create")
	s.succeeded(s.run(cell, tenants.RunApply, &again.ID), "done: 3 created")
	if buckets, err := store.Admin.Buckets(ctx); err != nil || len(buckets) != 2 {
		s.t.Errorf("%v, %v", buckets, err)
	}
}

func (s *site) cellNow(cell tenants.Cell) tenants.Cell {
	s.t.Helper()
	is, err := s.store.Cell(s.t.Context(), cell.ID)
	s.must(err)
	return is
}

func (s *site) state(cell tenants.Cell) tenants.CellState {
	s.t.Helper()
	return s.cellNow(cell).State
}

func TestACellIsPlannedAppliedWatchedAndDestroyed(t *testing.T) {
	t.Parallel()
	s := setupSite(t)
	store := storetest.Start(t)
	cell := s.add("life-", func(name string) tenants.CellConfig { return s.config(name, store.Config.AdminSocket) })
	plan := s.succeeded(s.run(cell, tenants.RunPlan, nil), "3 to create")
	if info, err := os.Stat(s.builder.planFile(plan.ID)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the plan's file: %v, %v", info, err)
	}
	if plan.Changes[0].Address != "longhouse_bucket.archive" || plan.Changes[0].Action != "create" || plan.Changes[0].Attributes[0].After != `"`+cell.Name+`-archive"` {
		t.Errorf("%+v", plan.Changes)
	}
	s.succeeded(s.run(cell, tenants.RunApply, &plan.ID), "done: 3 created")
	is, err := s.store.Cell(t.Context(), cell.ID)
	s.must(err)
	if outputs, err := terraform.DecodeCell(is.Outputs); err != nil || is.State != tenants.CellReady || outputs.Workloads.Endpoint != "/run/agent" {
		t.Errorf("%+v, %+v, %v", is, outputs, err)
	}
	_, err = s.store.RunCell(t.Context(), someOperator, cell.ID, tenants.RunApply, &plan.ID)
	s.refused(err, "it, or another one, was applied since; plan again")
	s.succeeded(s.run(cell, tenants.RunDrift, nil), "no drift: everything is as it was applied")
	s.must(store.Admin.DeleteBucket(t.Context(), cell.Name+"-backup"))
	drift := s.succeeded(s.run(cell, tenants.RunDrift, nil), "somebody has changed 1 resources since the last apply; a plan and its apply bring them back")
	if len(drift.Changes) != 1 || drift.Changes[0].Address != "longhouse_bucket.backup" || drift.Changes[0].Action != "delete" {
		t.Errorf("%+v", drift.Changes)
	}
	mend, other := s.succeeded(s.run(cell, tenants.RunPlan, nil), "1 to create"), s.run(cell, tenants.RunPlan, nil)
	s.succeeded(s.run(cell, tenants.RunApply, &mend.ID), "done: 1 created")
	_, err = s.store.RunCell(t.Context(), someOperator, cell.ID, tenants.RunApply, &other.ID)
	s.refused(err, "it, or another one, was applied since; plan again")
	s.beside(cell, store)
	s.must(s.store.SetCellState(t.Context(), someOperator, cell.ID, tenants.CellDraining))
	end := s.succeeded(s.run(cell, tenants.RunPlanDestroy, nil), "3 to remove")
	s.succeeded(s.run(cell, tenants.RunDestroy, &end.ID), "done: 3 removed")
	if s.state(cell) != tenants.CellDestroyed {
		t.Errorf("the cell is %s", s.state(cell))
	}
	buckets, err := store.Admin.Buckets(t.Context())
	s.must(err)
	credentials, err := store.Admin.Credentials(t.Context())
	if err != nil || len(buckets)+len(credentials) != 0 {
		t.Errorf("left: %v, %v, %v", buckets, credentials, err)
	}
}

// TestWhatGoesWrongWithOneCellTouchesNoOther: each failure says what it is about and no secret, and the next cell is made.
func TestWhatGoesWrongWithOneCellTouchesNoOther(t *testing.T) {
	t.Parallel()
	s := setupSite(t)
	store := storetest.Start(t)
	server := s.add("server-", func(name string) tenants.CellConfig {
		c := s.config(name, store.Config.AdminSocket+".1")
		c.Database.AdminURLFile = s.secret(name+".url", "postgres://postgres:store-secret-password@127.0.0.1:1/postgres?connect_timeout=2")
		return c
	})
	open := s.add("open-", func(name string) tenants.CellConfig {
		c := s.config(name, store.Config.AdminSocket+".2")
		s.must(os.Chmod(c.ObjectStore.SecretFile, 0o604))
		return c
	})
	good := s.add("good-", func(name string) tenants.CellConfig { return s.config(name, store.Config.AdminSocket) })
	plan := s.run(server, tenants.RunPlan, nil)
	s.failed(s.run(server, tenants.RunApply, &plan.ID), "object store: Put")
	s.failed(s.run(open, tenants.RunPlan, nil), "everybody on the machine may read it: chmod 600 it")
	plan = s.run(good, tenants.RunPlan, nil)
	s.succeeded(s.run(good, tenants.RunApply, &plan.ID), "done: 3 created")
	if s.state(server) != tenants.CellPlanned || s.state(open) != tenants.CellPlanned || s.state(good) != tenants.CellReady {
		t.Errorf("%s, %s, %s", s.state(server), s.state(open), s.state(good))
	}
	// It was fine, and then its server went away: terraform's own words, without what opens the server.
	is, err := s.store.Cell(t.Context(), good.ID)
	s.must(err)
	config, err := is.Configuration()
	s.must(err)
	s.secret(filepath.Base(config.Database.AdminURLFile), "postgres://postgres:store-secret-password@127.0.0.1:1/postgres?connect_timeout=2")
	s.failed(s.run(good, tenants.RunDrift, nil), "Template database")
	if s.state(good) != tenants.CellReady {
		t.Errorf("a failed run makes the cell %s", s.state(good))
	}
}

// TestWithoutTerraformTheOperatorIsTold is not parallel, as PATH is the process's.
func TestWithoutTerraformTheOperatorIsTold(t *testing.T) {
	s := setupSite(t)
	store := storetest.Start(t)
	cell := s.add("none-", func(name string) tenants.CellConfig { return s.config(name, store.Config.AdminSocket) })
	before := os.Getenv("PATH")
	t.Setenv("PATH", t.TempDir())
	s.failed(s.run(cell, tenants.RunPlan, nil), "neither terraform nor tofu is in PATH or beside this program: install terraform 1.11.0 or newer")
	t.Setenv("PATH", before)
	s.succeeded(s.run(cell, tenants.RunPlan, nil), "3 to create") // no restart is needed
}

func TestPlansThatNobodyCanApplyAreForgotten(t *testing.T) {
	t.Parallel()
	s := setupSite(t)
	old, fresh := filepath.Join(s.builder.plans(), "old.tfplan"), filepath.Join(s.builder.plans(), "fresh.tfplan")
	for _, file := range []string{old, fresh} {
		s.must(os.WriteFile(file, nil, 0o600))
	}
	now := time.Now()
	s.must(os.Chtimes(old, now, now.Add(-2*plansKeptFor)))
	s.must(s.builder.forgetPlans(now))
	left, err := os.ReadDir(s.builder.plans())
	if err != nil || len(left) != 1 || left[0].Name() != "fresh.tfplan" {
		t.Errorf("%v, %v", left, err)
	}
}
