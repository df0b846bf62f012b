package up

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/archive"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/tenants"
)

// storagesOf are rows of storage in every state, each with a key named after why it may have none. A blank or a workspace whose
// operation goes on is named by its kind and state.
const storagesOf = `
	with made as (
		insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
		select gen_random_uuid(), c.id, n.state, n.key, n.key, '', '', '', '', n.key, '', r.id, now()
		from cells c, releases r, (values ('local', 'blank', 'a-blank'), ('local', 'making', 'being-made'), ('local', 'removing', 'being-removed'), ('local', 'quarantined', 'kept-aside'),
			('local', 'blank', 'discard-queued'), ('local', 'blank', 'provision-running'), ('local', 'blank', 'provision-undoing'), ('local', 'blank', 'delete-running'),
			('local', 'blank', 'discard-undone'), ('local', 'blank', 'backup-undoing'), ('north', 'blank', 'elsewhere')) n(cell, state, key)
		where c.name = n.cell
		returning id, cell_id, key_name)
	insert into operations (id, kind, state, cell_id, storage_id, part, args, requested_by, reason, message, due_at, nudged_at, created_at, finished_at)
	select gen_random_uuid(), split_part(key_name, '-', 1), split_part(key_name, '-', 2), cell_id, id, case when key_name like 'backup-%' then 'backups' else '' end, '{}', '', '', '', now(), now(), now(), case when key_name like '%undone' then now() end
	from made where key_name ~ '^(provision|discard|delete|backup)-'`

func TestOnlyStorageThatIsSettledNeedsItsKeyInABackup(t *testing.T) {
	t.Parallel()
	pool, err := db.Open(t.Context(), testdb.New(t), 2)
	must(t, err)
	t.Cleanup(pool.Close)
	must(t, tenants.Migrate(t.Context(), pool))
	queue, err := jobs.NewQueue(pool, quiet)
	must(t, err)
	store := tenants.NewStore(pool, queue, "longhouse.test")
	for _, name := range []string{cellName, "north"} {
		_, err = store.RegisterCell(t.Context(), tenants.Cell{Region: "local", Name: name, Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
		must(t, err)
	}
	_, err = store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	must(t, err)
	_, err = pool.Exec(t.Context(), storagesOf)
	must(t, err)
	var at snapshot
	must(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		at, err = snapshotIn(t.Context(), tx)
		return err
	}))
	want := namedKeys{needed: []string{"a-blank", "backup-undoing", "discard-undone", "provision-running"},
		unsettled: []string{"being-made", "being-removed", "delete-running", "discard-queued", "kept-aside", "provision-undoing"}, elsewhere: []string{"north"}}
	if !reflect.DeepEqual(at.keys, want) {
		t.Errorf("got  %+v\nwant %+v", at.keys, want)
	}
	parts := []archive.Part{{Name: partStoreKeys + "a-blank"}, {Name: partStoreKeys + "being-removed"}, {Name: partKeys + "kept-aside"}}
	if got := lacking(at.keys.needed, parts); !reflect.DeepEqual(got, []string{"backup-undoing", "discard-undone", "provision-running"}) {
		t.Errorf("lacking: %v", got)
	}
	if got := at.keys.facts(parts); got[factMissing] != "being-made delete-running discard-queued kept-aside provision-undoing" || got[factElsewhere] != "north" {
		t.Errorf("the manifest says %v", got)
	}
}
