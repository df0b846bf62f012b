package provisioner

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

func TestCellIsComparedBothWays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		owed, is things
		want     []Orphan
	}{
		"nothing at all": {things{}, things{}, nil},
		"all there":      {things{"database": {"a", "b"}, "key": {"k"}}, things{"key": {"k"}, "database": {"b", "a"}}, nil},
		"nobody's":       {things{"bucket": {"a"}}, things{"bucket": {"a", "b"}}, []Orphan{{Kind: "bucket", Name: "b", Why: unowned}}},
		"missing":        {things{"role": {"a", "b"}}, things{"role": {"b"}}, []Orphan{{Kind: "role", Name: "a", Why: missing}}},
		"the same name of another kind": {things{"database": {"a"}}, things{"role": {"a"}},
			[]Orphan{{Kind: "database", Name: "a", Why: missing}, {Kind: "role", Name: "a", Why: unowned}}},
		"of every kind": {
			things{}, things{"instance": {"i"}, "key": {"k"}, "credential": {"c"}, "bucket": {"b"}, "role": {"r"}, "database": {"d"}},
			[]Orphan{{Kind: "database", Name: "d", Why: unowned}, {Kind: "role", Name: "r", Why: unowned}, {Kind: "bucket", Name: "b", Why: unowned}, {Kind: "credential", Name: "c", Why: unowned},
				{Kind: "key", Name: "k", Why: unowned}, {Kind: "instance", Name: "i", Why: unowned}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := compare(test.owed, test.is); !slices.Equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestStorageOwesAllThatWasMadeForIt(t *testing.T) {
	t.Parallel()
	in := uuid.MustParse("01890000-0000-7000-8000-000000000001")
	owed := owed([]dbsql.Storage{{DatabaseName: "d", RoleName: "r", FilesBucket: "fb", ExportsBucket: "eb", FilesAccess: "fa",
		ExportsAccess: "ea", KeyName: "k"}}, []dbsql.Instance{{ID: in}})
	full := things{"database": {"d"}, "role": {"r"}, "bucket": {"fb", "eb"}, "credential": {"fa", "ea"}, "key": {"k"},
		"instance": {id.Show(id.Instance, in)}}
	if found := compare(owed, full); len(found) != 0 {
		t.Errorf("owed %v, want %v", owed, full)
	}
	if found := compare(owed, things{}); len(found) != 8 {
		t.Errorf("in an empty cell %d things are missing, want 8: %+v", len(found), found)
	}
}

func TestRowsThatNoOperationMovesAreFound(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	storage := id.New()
	_, err := r.pool.Exec(t.Context(), `insert into releases (id, engine, version, channel, sha256, path, created_at)
		values ($1, 'longhouse', '1', 'stable', repeat('a', 64), '/x', now())`, storage)
	r.must(err)
	_, err = r.pool.Exec(t.Context(), `insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket,
		files_access, exports_access, key_name, secrets, release_id, created_at)
		select $1, cell_id, 'making', '', '', '', '', '', '', '', '', $1, now() from operations where id = $2`, storage, op)
	r.must(err)
	r.set(op, "storage_id = '"+storage.String()+"'")
	q := dbsql.New(r.pool)
	cell := &Cell{ID: r.operation(op).Cell}
	if found, err := leftBehind(t.Context(), q, cell); err != nil || len(found) != 0 {
		t.Errorf("while its operation is open the storage counts as left behind: %+v, %v", found, err)
	}
	r.set(op, "state = 'undone', finished_at = now()")
	found, err := leftBehind(t.Context(), q, cell)
	if want := []Orphan{{Kind: "storage", Name: id.Show(id.Storage, storage), Why: unattended}}; err != nil || !slices.Equal(found, want) {
		t.Errorf("found %+v, %v, want %+v", found, err, want)
	}
}

func TestAWorkspaceThatWaitsForItsDateIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.request()
	workspace := id.New()
	_, err := r.pool.Exec(t.Context(), `with t as (insert into tenants (id, name, plan, created_at) values ($1, 't', 'free', now()) returning id),
		r as (insert into releases (id, engine, version, channel, sha256, path, created_at)
			values ($1, 'longhouse', '1', 'stable', repeat('a', 64), '/x', now()) returning id)
		insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at, delete_at)
		select $1, t.id, c.region_id, c.id, r.id, 'x', 'x', 'deleting', 'x', now(), now(), now() from t, r, cells c`, workspace)
	r.must(err)
	cell := &Cell{ID: r.operation(op).Cell}
	for until, want := range map[string][]Orphan{
		"now() + interval '1 day'": nil,
		"now() - interval '1 day'": {{Kind: "workspace", Name: id.Show(id.Workspace, workspace), Why: unattended}},
		"null":                     {{Kind: "workspace", Name: id.Show(id.Workspace, workspace), Why: unattended}},
	} {
		_, err := r.pool.Exec(t.Context(), "update workspaces set delete_at = "+until)
		r.must(err)
		if found, err := leftBehind(t.Context(), dbsql.New(r.pool), cell); err != nil || !slices.Equal(found, want) {
			t.Errorf("with the date %s: found %+v, %v, want %+v", until, found, err, want)
		}
	}
}
