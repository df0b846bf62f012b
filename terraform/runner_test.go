package terraform

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// dirBuckets stands for the object store: a directory per bucket. entered, if not nil, holds up whoever makes one.
type dirBuckets struct {
	dir     string
	entered chan struct{}
}

func (b dirBuckets) EnsureBucket(ctx context.Context, name string) error {
	if b.entered != nil {
		select {
		case b.entered <- struct{}{}:
			<-ctx.Done()
			return ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return os.MkdirAll(filepath.Join(b.dir, name), 0o700)
}

func (b dirBuckets) BucketExists(_ context.Context, name string) (bool, error) {
	_, err := os.Stat(filepath.Join(b.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (b dirBuckets) DropBucket(_ context.Context, name string) error {
	if err := os.Remove(filepath.Join(b.dir, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// bench is one cell to be, with real terraform and real PostgreSQL.
type bench struct {
	*Runner
	dir, stateURL string
	adminURL      string
	buckets       dirBuckets
	cell          LocalCell
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), stateURL: testdb.New(t), adminURL: testdb.Cluster(t).AdminURL, buckets: dirBuckets{dir: t.TempDir()}}
	b.cell = LocalCell{
		Cell: "t-" + strings.ToLower(strings.ReplaceAll(filepath.Base(filepath.Dir(b.dir)), "_", "-")), Region: "home",
		Database:    LocalDatabase{Host: testdb.Cluster(t).SocketDir, Port: 5432},
		ObjectStore: LocalObjectStore{Endpoint: "127.0.0.1:9000", Region: "local", PathStyle: true},
		Workloads:   Workloads{Engine: ProcessEngine, Endpoint: "/run/agent"},
	}
	b.cell.Cell = b.cell.Cell[max(0, len(b.cell.Cell)-40):]
	b.cell.Cell = "t" + strings.TrimLeft(b.cell.Cell, "-")
	var err error
	if b.Runner, err = NewRunner(t.Context(), b.dir, b.stateURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := (PostgresDatabases{b.adminURL}).DropTemplate(context.Background(), b.template()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) template() string { return strings.ReplaceAll(b.cell.Cell, "-", "_") + "_template" }

func (b *bench) stack() Stack {
	return b.cell.Stack(Provider{Databases: PostgresDatabases{b.adminURL}, Buckets: b.buckets})
}

func (b *bench) apply(t *testing.T) Plan {
	t.Helper()
	p, err := b.Apply(t.Context(), b.stack())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func query(t *testing.T, url, sql string, args ...any) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var s string
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&s); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return s
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func within(adminURL, database string) string {
	return strings.Replace(adminURL, "/postgres?", "/"+database+"?", 1)
}

func TestApplyMakesTheCellOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	planned, err := b.Plan(t.Context(), b.stack())
	if err != nil || planned.Count(Create) != 3 {
		t.Fatalf("plan: %+v, %v", planned, err)
	}
	if _, err := b.Cell(t.Context(), b.stack()); err == nil || !strings.Contains(err.Error(), "has not been applied") {
		t.Errorf("outputs before the first apply: %v", err)
	}
	if done := b.apply(t); done.Count(Create) != 3 || len(done.Changes) != 3 {
		t.Errorf("applied: %+v", done)
	}
	if again := b.apply(t); len(again.Changes) != 0 {
		t.Errorf("applied again: %+v", again)
	}
	for _, name := range []string{"-backup", "-archive"} {
		if ok, err := b.buckets.BucketExists(t.Context(), b.cell.Cell+name); !ok || err != nil {
			t.Errorf("bucket %s: %t, %v", name, ok, err)
		}
	}
	installed := query(t, within(b.adminURL, b.template()), "select string_agg(extname, ' ' order by extname) from pg_extension")
	if installed != "pg_trgm plpgsql unaccent" {
		t.Errorf("extensions: %s", installed)
	}
	sealed := query(t, b.adminURL, `select (datistemplate and not has_database_privilege('pg_monitor', oid, 'CONNECT'))::text
		from pg_database where datname = $1`, b.template())
	if sealed != "true" {
		t.Error("the template is no template, or open to everybody")
	}
}

func TestOutputsAreTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t)
	got, err := b.Cell(t.Context(), b.stack())
	if err != nil {
		t.Fatal(err)
	}
	want := CellOutputs{
		Kind: Local, Region: "home",
		Database: Database{Host: b.cell.Database.Host, Port: 5432, Template: b.template()},
		ObjectStore: ObjectStore{Endpoint: "127.0.0.1:9000", Region: "local", PathStyle: true,
			BackupBucket: b.cell.Cell + "-backup", ArchiveBucket: b.cell.Cell + "-archive"},
		Workloads: b.cell.Workloads,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDriftIsFoundAndHealed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		harm  func(t *testing.T, b *bench)
		found Change
		heal  Action
	}{
		"bucket dropped": {
			func(t *testing.T, b *bench) { os.Remove(filepath.Join(b.buckets.dir, b.cell.Cell+"-backup")) },
			Change{"longhouse_bucket.backup", Delete}, Create,
		},
		"template dropped": {
			func(t *testing.T, b *bench) {
				if err := (PostgresDatabases{b.adminURL}).DropTemplate(t.Context(), b.template()); err != nil {
					t.Fatal(err)
				}
			},
			Change{"longhouse_template_database.workspace", Delete}, Create,
		},
		"extension dropped": {
			func(t *testing.T, b *bench) { execute(t, within(b.adminURL, b.template()), "drop extension unaccent") },
			Change{"longhouse_template_database.workspace", Update}, Update,
		},
		"template opened": {
			func(t *testing.T, b *bench) {
				execute(t, b.adminURL, "grant connect on database "+pgx.Identifier{b.template()}.Sanitize()+" to public")
			},
			Change{"longhouse_template_database.workspace", Update}, Update,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.apply(t)
			if drift, err := b.Drift(t.Context(), b.stack()); err != nil || len(drift.Changes) != 0 {
				t.Fatalf("drift before anything happened: %+v, %v", drift, err)
			}
			test.harm(t, b)
			drift, err := b.Drift(t.Context(), b.stack())
			if err != nil || !slices.Equal(drift.Changes, []Change{test.found}) {
				t.Errorf("drift: %+v, %v", drift, err)
			}
			if healed := b.apply(t); !slices.Equal(healed.Changes, []Change{{test.found.Address, test.heal}}) {
				t.Errorf("healed: %+v", healed)
			}
			if drift, err := b.Drift(t.Context(), b.stack()); err != nil || len(drift.Changes) != 0 {
				t.Errorf("drift after healing: %+v, %v", drift, err)
			}
		})
	}
}

func TestDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t)
	if err := b.Destroy(t.Context(), b.stack()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(b.buckets.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("buckets left: %v, %v", left, err)
	}
	if n := query(t, b.adminURL, "select count(*)::text from pg_database where datname = $1", b.template()); n != "0" {
		t.Error("the template database is left")
	}
}

const needle = "needle-in-a-haystack"

// withNeedle logs both terraform and the provider in by a role whose password is easily found. The role goes with the
// cluster.
func (b *bench) withNeedle(t *testing.T) (role string, stack Stack) {
	t.Helper()
	role = "needle_" + b.template()
	execute(t, b.adminURL, "create role "+role+" superuser login password '"+needle+"'")
	as := func(raw string) string {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, needle)
		return u.String()
	}
	var err error
	if b.Runner, err = NewRunner(t.Context(), b.dir, as(b.stateURL)); err != nil {
		t.Fatal(err)
	}
	stack = b.stack()
	stack.Provider.Databases = PostgresDatabases{as(b.adminURL)}
	return role, stack
}

func TestNoSecretReachesStateDiskOrErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	role, stack := b.withNeedle(t)
	if _, err := b.Apply(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Drift(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	state := query(t, b.stateURL, "select string_agg(data, '') from "+stack.Name+".states")
	if !strings.Contains(state, b.template()) || strings.Contains(state, needle) {
		t.Errorf("the state is empty or holds a secret:\n%s", state)
	}
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), needle) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	execute(t, b.adminURL, "alter role "+role+" password 'another'")
	if _, err = b.Apply(t.Context(), stack); err == nil || strings.Contains(err.Error(), needle) ||
		!strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestErrorsHideTheStatesPassword(t *testing.T) {
	t.Parallel()
	c := newComplaints("s", "postgres://u:p%2Fw@/db?host=/x")
	err := c.complain(t.Context(), "apply", errors.New("exit status 1\n\nError: bad postgres://u:p%2Fw@/db?host=/x\n  and p/w"))
	if want := "apply stack s: bad (the state's URL) and ***"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestKilledRunLeavesNoLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stuck := b.stack()
	stuck.Provider.Buckets = dirBuckets{dir: b.buckets.dir, entered: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { _, err := b.Apply(context.Background(), stuck); ended <- err }()
	select {
	case <-stuck.Provider.Buckets.(dirBuckets).entered:
	case err := <-ended:
		t.Fatalf("ended before it was killed: %v", err)
	}
	kill(t, filepath.Join(b.dir, stuck.Name))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the killed run says %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := b.Apply(ctx, b.stack()); err != nil {
		t.Errorf("the next run: %v", err)
	}
	if drift, err := b.Drift(ctx, b.stack()); err != nil || len(drift.Changes) != 0 {
		t.Errorf("drift after the next run: %+v, %v", drift, err)
	}
}

// kill ends the terraform that works in dir, and nothing else.
func kill(t *testing.T, dir string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, cwd := range all {
		if at, err := os.Readlink(cwd); err == nil && at == dir {
			pid := 0
			for _, digit := range filepath.Base(filepath.Dir(cwd)) {
				pid = pid*10 + int(digit-'0')
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no terraform works in %s", dir)
}

func TestCancelledRunSaysSoAndLeavesNoLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stuck := b.stack()
	stuck.Provider.Buckets = dirBuckets{dir: b.buckets.dir, entered: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-stuck.Provider.Buckets.(dirBuckets).entered; cancel() }()
	if _, err := b.Apply(ctx, stuck); !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled run says %v", err)
	}
	b.apply(t)
}

func TestStacksAreAppliedSideBySide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for _, region := range []string{"north", "south", "east", "west"} {
		for range 2 { // twice the same, too: one after the other
			c := b.cell
			c.Cell, c.Region = region+"-"+b.cell.Cell, region
			stack := c.Stack(b.stack().Provider)
			wg.Go(func() {
				if _, err := b.Apply(t.Context(), stack); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for _, region := range []string{"north", "south", "east", "west"} {
		c := b.cell
		c.Cell, c.Region = region+"-"+b.cell.Cell, region
		cell, err := b.Cell(t.Context(), c.Stack(b.stack().Provider))
		if err != nil || cell.Region != region {
			t.Errorf("%s: %+v, %v", region, cell, err)
		}
		if err := b.Destroy(t.Context(), c.Stack(b.stack().Provider)); err != nil {
			t.Error(err)
		}
	}
}

func TestBadInputIsRefusedInTheModulesWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.cell
	c.Region = ""
	if _, err := b.Apply(t.Context(), c.Stack(b.stack().Provider)); err == nil || !strings.Contains(err.Error(), "The region must be named") {
		t.Errorf("no region: %v", err)
	}
	stack := b.stack()
	stack.Name = "../elsewhere"
	if _, err := b.Apply(t.Context(), stack); err == nil || !strings.Contains(err.Error(), "stack name") {
		t.Errorf("a name that climbs: %v", err)
	}
}

func TestProvidersErrorComesThrough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stack := b.stack()
	stack.Provider.Buckets = dirBuckets{dir: "/proc/nowhere"}
	_, err := b.Apply(t.Context(), stack)
	if err == nil || !strings.Contains(err.Error(), "mkdir /proc/nowhere") || !strings.HasPrefix(err.Error(), "apply stack ") {
		t.Errorf("got %v", err)
	}
}
