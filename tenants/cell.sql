-- name: EnsureRegion :exec
insert into regions (id, name, created_at) values (@id, @name, @created_at) on conflict (id) do nothing;

-- name: ListRegions :many
-- Those that customers can be in. Others are where a cell is only planned, perhaps by a mistake, or was once.
select * from regions r where exists (select from cells c where c.region_id = r.id and c.state not in ('planned', 'destroyed')) order by id;

-- name: RegisterCell :one
insert into cells (id, region_id, name, kind, state, outputs, config, next_uid, created_at, updated_at)
values (@id, @region_id, @name, @kind, 'ready', @outputs, @config, @next_uid, @created_at, @created_at)
on conflict on constraint cells_name_key do update set outputs = excluded.outputs, config = excluded.config, updated_at = excluded.updated_at
returning *;

-- name: ListCells :many
select * from cells order by id;

-- name: GetCell :one
select * from cells where id = @id;

-- name: FindCell :one
select * from cells where name = @name;

-- name: LockCells :exec
-- Not against those who only refer to a cell.
select id from cells where sqlc.narg(region_id)::text is null or region_id = sqlc.narg(region_id) order by id for no key update;

-- name: LockCell :one
select * from cells where id = @id for no key update;

-- name: ChangeCell :exec
update cells set region_id = @region_id, config = @config, updated_at = @now where id = @id;

-- name: SetCellState :exec
update cells set state = @state, updated_at = @now where id = @id;
