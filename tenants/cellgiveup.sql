-- name: LivingIn :many
select id from workspaces where cell_id = @cell_id and state <> 'deleted' order by id;

-- name: MeasuredSince :one
select exists (select from cell_capacity where cell_id = @cell_id and measured_at > @since::timestamptz);

-- name: OpenRun :one
select exists (select from cell_runs where cell_id = @cell_id and state in ('queued', 'running'));

-- name: BreakOffOperationsIn :exec
update operations set state = 'undone', finished_at = @now::timestamptz, message = @message, lease_owner = null, lease_until = null, epoch = epoch + 1
where cell_id = @cell_id and state in ('queued', 'running', 'undoing');

-- name: RemoveStoragesIn :execrows
delete from storages where cell_id = @cell_id;
