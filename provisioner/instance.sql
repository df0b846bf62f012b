-- name: BumpInstances :many
update instances set epoch = epoch + 1 where workspace_id = @workspace_id and state <> 'removed' returning *;

-- name: OpenInstance :one
select * from instances where workspace_id = @workspace_id and state <> 'removed' order by id desc limit 1;

-- name: NextUID :one
update cells set next_uid = next_uid + 1 where id = @id returning (next_uid - 1)::integer;

-- name: AddInstance :one
insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
select @id, w.id, w.cell_id, w.release_id, @uid, 1, 'starting', '', '', clock_timestamp()
from workspaces w where w.id = @workspace_id
returning *;

-- name: SetInstance :exec
update instances set state = @state, address = @address, admin = @admin where id = @id;

-- name: SetControlToken :exec
-- The one before opens nothing any more.
update instances set control_token_hash = @token_hash where id = @id;

-- name: CloseInstances :exec
update instances set state = 'removed', removed_at = clock_timestamp(), control_token_hash = null
where workspace_id = @workspace_id and state <> 'removed';

-- name: RestInstances :exec
update instances set state = 'resting', control_token_hash = null where workspace_id = @workspace_id and state <> 'removed';

-- name: ListOpenInstances :many
select * from instances where cell_id = @cell_id and state not in ('resting', 'removed');

-- name: SetAdminUser :exec
update workspaces set admin_user = @admin_user::text where id = @id;

-- name: RouteMessage :one
select message from routes where workspace_id = @workspace_id;
