-- name: AddCell :one
-- A destroyed one comes back under its name. User ids begin where those of no other cell will come to.
insert into cells as c (id, region_id, name, kind, state, outputs, config, next_uid, created_at, updated_at)
values (@id, @region_id, @name, @kind, 'planned', '{}', @config,
        (select coalesce(max(o.next_uid), 300100) from cells o) + @uids_per_cell::integer, @created_at, @created_at)
on conflict on constraint cells_name_key do update
set region_id = excluded.region_id, kind = excluded.kind, state = 'planned', outputs = '{}', config = excluded.config, apply_begun = false, updated_at = excluded.updated_at
where c.state = 'destroyed'
returning *;

-- name: OldestCell :one
select id from cells order by id limit 1;

-- name: CellResidents :one
select (select count(*) from workspaces w where w.cell_id = @cell_id and w.state <> 'deleted') as workspaces,
       (select count(*) from storages s where s.cell_id = @cell_id) as storages,
       (select count(*) from storages s where s.cell_id = @cell_id and s.state = 'quarantined') as kept_aside,
       (select count(*) from operations o where o.cell_id = @cell_id and o.state in ('queued', 'running', 'undoing')) as operations;

-- name: SomeResidents :many
select w.slug from workspaces w where w.cell_id = @cell_id and w.state <> 'deleted' order by w.id limit 5;

-- name: AddCellRun :one
insert into cell_runs (id, cell_id, kind, state, plan_id, message, requested_by, created_at)
values (@id, @cell_id, @kind, 'queued', sqlc.narg(plan_id), @message, @requested_by, @created_at)
returning *;

-- name: GetCellRun :one
select * from cell_runs where id = @id;

-- name: ListCellRuns :many
select * from cell_runs where cell_id = @cell_id and id < @before order by id desc limit @most;

-- name: FailAbandonedRuns :many
update cell_runs set state = 'failed', message = @message, finished_at = clock_timestamp(), lease_owner = null, lease_until = null
where state = 'running' and lease_until < clock_timestamp()
returning *;

-- name: TakeCellRun :one
update cell_runs
set state = 'running', message = 'a worker is at it', started_at = clock_timestamp(), lease_owner = @owner,
    lease_until = clock_timestamp() + make_interval(secs => @seconds::float8)
where id = (select r.id from cell_runs r where r.state = 'queued' order by r.id limit 1 for update skip locked)
returning *;

-- name: RenewCellRun :execrows
update cell_runs set lease_until = clock_timestamp() + make_interval(secs => @seconds::float8)
where id = @id and lease_owner = @owner and state = 'running';

-- name: EndCellRun :one
update cell_runs
set state = @state, message = @message, changes = @changes, lineage = @lineage, digest = @digest, serial = @serial,
    expires_at = sqlc.narg(expires_at), finished_at = clock_timestamp(), lease_owner = null, lease_until = null
where id = @id and lease_owner = @owner and state = 'running'
returning *;

-- name: CellApplied :exec
update cells set outputs = @outputs, state = case when state = 'planned' then 'ready' else state end, updated_at = @now where id = @id;

-- name: OpenDestroy :one
select exists (select from cell_runs where cell_id = @cell_id and kind = 'destroy' and state in ('queued', 'running'));

-- name: HalfDestroyed :one
-- Until an apply has made it whole again.
select exists (select from cell_runs d where d.cell_id = @cell_id and d.kind = 'destroy' and d.state = 'failed'
               and not exists (select from cell_runs a where a.cell_id = d.cell_id and a.kind = 'apply' and a.state = 'succeeded' and a.id > d.id));

-- name: BeginApply :exec
update cells set apply_begun = true where id = @id;

-- name: AppliedSince :one
select exists (select from cell_runs where cell_id = @cell_id and kind in ('apply', 'destroy') and id > @plan_id);
