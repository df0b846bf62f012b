package provisioner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestNudgesGoToExactlyWhatIsDue(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var due, all []string
	names := map[uuid.UUID]string{}
	for name, change := range map[string]string{
		"due: nobody has begun":  "",
		"due: the pause is over": "state = 'running', due_at = clock_timestamp() - interval '1 millisecond'",
		"due: its worker died":   "state = 'running', lease_owner = 'x', lease_until = clock_timestamp() - interval '1 millisecond'",
		"due: to be taken back":  "state = 'undoing'",
		"in work":                "state = 'running', lease_owner = 'x', lease_until = clock_timestamp() + interval '1 minute'",
		"pausing":                "state = 'running', due_at = clock_timestamp() + interval '1 minute'",
		"nudged already":         "nudged_at = clock_timestamp()",
		"over, done":             "state = 'succeeded', finished_at = clock_timestamp()",
		"over, taken back":       "state = 'undone', finished_at = clock_timestamp()",
		"of another version":     "kind = 'delete'",
	} {
		op := r.request()
		r.set(op, "due_at = clock_timestamp() - interval '1 minute', nudged_at = clock_timestamp() - interval '1 minute'")
		if change != "" {
			r.set(op, change)
		}
		names[op] = name
		all = append(all, name)
		if strings.HasPrefix(name, "due") {
			due = append(due, name)
		}
	}
	e := r.engine("a", time.Minute)
	r.nudges = nil
	r.must(e.nudgeDue(t.Context()))
	var got []string
	for _, op := range r.nudges {
		got = append(got, names[op])
	}
	slices.Sort(got)
	slices.Sort(due)
	if !slices.Equal(got, due) {
		t.Errorf("of %q\nnudged are %q,\nwant       %q", slices.Sorted(slices.Values(all)), got, due)
	}
	r.nudges = nil
	r.must(e.nudgeDue(t.Context()))
	if len(r.nudges) != 0 {
		t.Errorf("%d are nudged a second time at once", len(r.nudges))
	}
}

func TestTwoSweepsAtOnceNudgeEachOperationOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := map[uuid.UUID]int{}
	for range 8 {
		op := r.request()
		r.set(op, "nudged_at = clock_timestamp() - interval '1 minute'")
		want[op] = 1
	}
	r.nudges = nil
	swept := make(chan error)
	for _, e := range []*Engine{r.engine("a", time.Minute), r.engine("b", time.Minute)} {
		go func() { swept <- e.nudgeDue(context.WithoutCancel(t.Context())) }()
	}
	r.must(<-swept)
	r.must(<-swept)
	got := map[uuid.UUID]int{}
	for _, op := range r.nudges {
		got[op]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("nudged %v, want each of %d once", got, len(want))
	}
}

func TestMissingBlanksAreAskedForOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Minute)
	r.must(e.keepBlanks(t.Context(), 3)) // without a release there is nothing to prepare
	if n := r.count("operations"); n != 0 {
		t.Fatalf("%d operations without a release", n)
	}
	release, err := r.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1.0.0", Channel: "stable",
		SHA256: strings.Repeat("a", 64), Path: "/x"})
	r.must(err)
	asked := make(chan error)
	for _, e := range []*Engine{e, r.engine("b", time.Minute)} {
		go func() { asked <- e.keepBlanks(context.WithoutCancel(t.Context()), 3) }()
	}
	r.must(<-asked)
	r.must(<-asked)
	if n := r.count("operations where kind = 'prepare' and args ->> 'release' = '" + release.ID.String() + "'"); n != 3 {
		t.Errorf("two workers at once ask for %d blanks, want 3", n)
	}
	_, err = r.pool.Exec(t.Context(), `update operations set state = 'undone', finished_at = clock_timestamp()
		where id = (select id from operations limit 1)`)
	r.must(err)
	r.must(e.keepBlanks(t.Context(), 3))
	if n := r.count("operations where state = 'queued'"); n != 2 {
		t.Errorf("%d blanks are under way right after one could not be made, want 2", n)
	}
	_, err = r.pool.Exec(t.Context(), "update operations set finished_at = finished_at - interval '1 minute' where state = 'undone'")
	r.must(err)
	r.must(e.keepBlanks(t.Context(), 3))
	if n := r.count("operations where state = 'queued'"); n != 3 {
		t.Errorf("%d blanks are under way a minute after one could not be made, want 3", n)
	}
}

func (r *rig) count(from string) (n int) {
	r.t.Helper()
	r.must(r.pool.QueryRow(r.t.Context(), "select count(*) from "+from).Scan(&n))
	return n
}

func TestWorkerThatLooksFindsAnOperationWhoseNudgeWasLost(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	r.mu.Lock()
	r.nudges = nil
	r.mu.Unlock()
	ctx, stop := context.WithCancel(t.Context())
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		r.engine("a", time.Minute).Look(ctx, 0, 0)
	}()
	r.eventually("it is nudged again", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Contains(r.nudges, op)
	})
	stop()
	<-looked
}

func TestTheLastBlanksAreKeptForNewcomers(t *testing.T) {
	t.Parallel()
	r := setup(t)
	release := uuid.New()
	_, err := r.pool.Exec(t.Context(), `insert into releases (id, engine, version, channel, sha256, path, created_at)
		values ($1, 'longhouse', '1', 'stable', repeat('0', 64), '/', now())`, release)
	r.must(err)
	for range 3 {
		_, err := r.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket,
			files_access, exports_access, key_name, secrets, release_id, created_at)
			values (gen_random_uuid(), $1, 'blank', 'd', 'r', 'f', 'e', 'fa', 'ea', 'k', '', $2, now())`, r.cell, release)
		r.must(err)
	}
	workspace := func(tenant uuid.UUID) *uuid.UUID {
		ws := uuid.New()
		r.ofTenant(tenant)
		_, err := r.pool.Exec(t.Context(), `insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at)
			values ($1, $2, 'home', $3, $4, 'n', 's', 'provisioning', 'a@example.com', now(), now())`, ws, tenant, r.cell, release)
		r.must(err)
		return &ws
	}
	claim := func(ws *uuid.UUID) bool {
		_, err := dbsql.New(r.pool).ClaimBlank(t.Context(), dbsql.ClaimBlankParams{WorkspaceID: ws, CellID: r.cell, ReleaseID: release, KeptForNewcomers: keptForNewcomers})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
		return err == nil
	}
	old := uuid.New()
	workspace(old)
	if !claim(workspace(old)) {
		t.Error("with three blanks at hand a tenant's second workspace gets none")
	}
	if claim(workspace(old)) {
		t.Error("with two blanks at hand a tenant's third workspace gets one")
	}
	if !claim(workspace(uuid.New())) {
		t.Error("a newcomer gets none of the two that are left")
	}
}

func TestBlanksOfALaterSchemaAreLeftForItsReturn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	release := func(sum string, schema int) uuid.UUID {
		row, err := r.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat(sum, 64), Path: "/x", Schema: schema})
		r.must(err)
		return row.ID
	}
	blank := func(release uuid.UUID) {
		_, err := r.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket,
			files_access, exports_access, key_name, secrets, release_id, created_at)
			values (gen_random_uuid(), $1, 'blank', 'd', 'r', 'f', 'e', 'fa', 'ea', 'k', '', $2, now())`, r.cell, release)
		r.must(err)
	}
	workspace := func(release uuid.UUID) *uuid.UUID {
		ws, tenant := uuid.New(), uuid.New()
		r.ofTenant(tenant)
		_, err := r.pool.Exec(t.Context(), `insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at)
			values ($1, $2, 'home', $3, $4, 'n', $1::uuid::text, 'provisioning', 'a@example.com', now(), now())`, ws, tenant, r.cell, release)
		r.must(err)
		return &ws
	}
	claims := func(release uuid.UUID) bool {
		_, err := dbsql.New(r.pool).ClaimBlank(t.Context(), dbsql.ClaimBlankParams{WorkspaceID: workspace(release), CellID: r.cell, ReleaseID: release})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
		return err == nil
	}

	late := release("b", 4)
	early := release("a", 0) // registered last: the upgrade was taken back
	blank(late)
	if claims(early) {
		t.Error("a workspace got a blank whose schema its server refuses")
	}
	// So the version before claims.
	done, err := r.pool.Exec(t.Context(), "update storages set state = 'taken', workspace_id = $1 where state = 'blank'", workspace(early))
	r.must(err)
	if done.RowsAffected() != 0 {
		t.Error("the version before took a blank whose schema its server refuses")
	}
	r.must(r.engine("a", time.Minute).keepBlanks(t.Context(), 1))
	if n := r.count("operations where kind = 'prepare'"); n != 1 {
		t.Errorf("%d blanks are asked for where there is one that can't be taken, want 1", n)
	}
	if !claims(late) {
		t.Error("the later release does not get its own blank")
	}
	blank(early)
	if !claims(late) {
		t.Error("a blank of an earlier schema, which can be migrated, was not taken")
	}
}
