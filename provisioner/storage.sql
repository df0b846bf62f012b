-- name: FindStorage :one
select * from storages
where (sqlc.narg(workspace_id)::uuid is not null and workspace_id = sqlc.narg(workspace_id))
   or (sqlc.narg(workspace_id)::uuid is null and id = (select storage_id from operations o where o.id = @operation_id));

-- name: GetWorkspace :one
select * from workspaces where id = @id;

-- name: GetRelease :one
select * from releases where id = @id;

-- name: WantedRelease :one
select r.* from releases r
where r.id = (select coalesce(w.release_id, s.release_id)
              from storages s left join workspaces w on w.id = s.workspace_id
              where s.id = @storage_id);

-- name: ClaimBlank :one
-- The last ones are for newcomers: a tenant that asks for many workspaces must not leave others to wait for theirs. A schema that is
-- newer than the release's own can't be gone back from.
update storages set state = 'taken', workspace_id = @workspace_id
where id = (
    select s.id from storages s join releases made on made.id = s.release_id
    where s.cell_id = @cell_id and s.state = 'blank'
      and made.schema <= (select wanted.schema from releases wanted where wanted.id = @release_id)
      and (not exists (select from workspaces w join workspaces o on o.tenant_id = w.tenant_id and o.id <> w.id and o.state <> 'deleted'
                       where w.id = @workspace_id)
           or (select count(*) from storages b where b.cell_id = @cell_id and b.state = 'blank') > @kept_for_newcomers::bigint)
    order by s.release_id <> @release_id, s.id
    limit 1
    for update of s skip locked
)
returning id;

-- name: AddStorage :exec
with added as (
    insert into storages (id, cell_id, workspace_id, state, database_name, role_name, files_bucket, exports_bucket,
                          files_access, exports_access, key_name, secrets, release_id, created_at)
    select @id, @cell_id, sqlc.narg(workspace_id), 'making', @database_name, @role_name, @files_bucket, @exports_bucket,
           @files_access, @exports_access, @key_name, @secrets,
           coalesce((select w.release_id from workspaces w where w.id = sqlc.narg(workspace_id)),
                    (select (o.args ->> 'release')::uuid from operations o where o.id = @operation_id)),
           clock_timestamp()
    returning id
)
update operations set storage_id = (select added.id from added) where operations.id = @operation_id;

-- name: SetStorageState :exec
update storages set state = @state, release_id = @release_id where id = @id;

-- name: RemoveStorage :exec
delete from storages
where (sqlc.narg(workspace_id)::uuid is not null and workspace_id = sqlc.narg(workspace_id))
   or (sqlc.narg(workspace_id)::uuid is null and id = (select storage_id from operations o where o.id = @operation_id));

-- name: CountBlanks :one
select (select count(*) from storages s join releases made on made.id = s.release_id
        where s.cell_id = @cell_id and s.state = 'blank'
          and made.schema <= (select wanted.schema from releases wanted where wanted.id = @release_id)) -- what the release could take
     -- One that could not be made counts for a while, so that a cell in trouble is not asked again and again.
     + (select count(*) from operations o
        where o.cell_id = @cell_id and o.kind = 'prepare'
          and (o.state in ('queued', 'running', 'undoing')
               or o.state = 'undone' and o.finished_at between clock_timestamp() - interval '30 seconds' and clock_timestamp()));

-- name: NewestRelease :one
select * from releases where engine = 'longhouse' and channel = 'stable' order by registered desc limit 1;

-- name: ListStorages :many
select * from storages where cell_id = @cell_id;

-- name: LockCell :one
select id from cells where id = @id for update;

-- name: UnattendedStorages :many
select s.id from storages s
where s.cell_id = @cell_id
  and s.state not in ('blank', 'taken', 'quarantined')
  and not exists (select from operations o
                  where o.state in ('queued', 'running', 'undoing')
                    and (o.storage_id = s.id or o.workspace_id = s.workspace_id and o.part = ''));

-- name: UnattendedWorkspaces :many
select w.id from workspaces w
where w.cell_id = @cell_id
  and w.state not in ('running', 'stopped', 'hibernated', 'deleted')
  -- Until its date nobody works on it, and soon after that somebody has to.
  and not (w.state = 'deleting' and coalesce(w.delete_at > clock_timestamp() - interval '1 minute', false))
  and not exists (select from operations o
                  where o.state in ('queued', 'running', 'undoing') and o.workspace_id = w.id and o.part = '');

-- name: BackupOfOperation :one
select * from backups where operation_id = @operation_id;
