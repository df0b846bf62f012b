-- name: NotedBuckets :many
select name from removals where workspace_id = @workspace_id and kind = 'bucket';

-- name: NoteAbsence :exec
-- What ended before, as instances do when a workspace is taken out of service, says so itself.
insert into removals (workspace_id, kind, name, removed_at, observed_at, observed)
values (@workspace_id, @kind, @name,
        coalesce(sqlc.narg(ended)::timestamptz, (select s.finished_at from operation_steps s where s.operation_id = @operation_id and s.name = @step)), clock_timestamp(), @observed)
on conflict (workspace_id, kind, name) do update
    set removed_at = excluded.removed_at, observed_at = excluded.observed_at, observed = excluded.observed;

-- name: InstancesOfWorkspace :many
select * from instances where workspace_id = @workspace_id order by id;

-- name: RouteIsGone :one
select not exists (select from routes where workspace_id = @workspace_id and state <> 'gone');

-- name: NoteRemoval :exec
-- The first count stands: what is counted again after a part of it was removed is less.
insert into removals (workspace_id, kind, name, objects, bytes)
values (@workspace_id, @kind, @name, sqlc.narg(objects), sqlc.narg(bytes))
on conflict (workspace_id, kind, name) do nothing;

-- name: PartsGoOn :one
select exists (select from operations where workspace_id = @workspace_id and part <> '' and state in ('queued', 'running', 'undoing'));
