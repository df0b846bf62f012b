-- name: LockOpenOperation :one
select * from operations where workspace_id = @workspace_id and part = '' and state in ('queued', 'running', 'undoing') for update;

-- name: HasOpenOperation :one
select exists (select from operations where workspace_id = @workspace_id and part = '' and state in ('queued', 'running', 'undoing'));

-- name: AddDeletion :exec
-- What visitors were told last they are told again when it comes back.
insert into deletions (workspace_id, asked_by, asked_at, was, message)
select w.id, @asked_by, @asked_at, w.state, coalesce((select r.message from routes r where r.workspace_id = w.id), '')
from workspaces w where w.id = @workspace_id;

-- name: TakeOverDeletion :exec
update deletions set asked_by = @asked_by, asked_at = @asked_at where workspace_id = @workspace_id;

-- name: GetDeletion :one
select * from deletions where workspace_id = @workspace_id;

-- name: RemoveDeletion :exec
delete from deletions where workspace_id = @workspace_id;

-- name: SetDeleteAt :exec
update workspaces set delete_at = sqlc.narg(delete_at), updated_at = @now where id = @id;

-- name: DueDeletions :many
select w.id from workspaces w
where w.state = 'deleting' and w.delete_at <= @now::timestamptz
  and not exists (select from operations o where o.workspace_id = w.id and o.part = '' and o.state in ('queued', 'running', 'undoing'))
order by w.delete_at
limit 100;

-- name: PostponeDeletions :many
-- Whether visitors were told of the date: what has not begun yet, or is being taken back, sees to that by itself.
update workspaces w set delete_at = @at::timestamptz where w.state = 'deleting' and w.delete_at < @at::timestamptz
returning w.id, not exists (select from operations o where o.workspace_id = w.id and o.part = '' and o.state in ('queued', 'undoing')) as told;
