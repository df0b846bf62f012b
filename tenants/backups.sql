-- name: AddBackup :exec
insert into backups (id, workspace_id, operation_id, cause, label, keep_days, asked_at)
values (@id, @workspace_id, @operation_id, @cause, @label, @keep_days, @now::timestamptz);

-- name: CountRequestedBackups :one
-- How many of a workspace's backups that somebody asked for are there, or are being made.
select count(*) from backups b join operations o on o.id = b.operation_id
where b.workspace_id = @workspace_id and b.cause = 'request' and b.expired_at is null
  and (b.made_at is not null or o.state in ('queued', 'running', 'undoing'));

-- name: ListBackups :many
select sqlc.embed(backups), o.state as operation_state
from backups join operations o on o.id = backups.operation_id
where backups.workspace_id = @workspace_id and backups.id < @before
  and (@gone::boolean or expired_at is null and (made_at is not null or o.state in ('queued', 'running', 'undoing')))
order by backups.id desc
limit @most;

-- name: SetBackupMade :exec
update backups
set made_at = @made_at, took_ms = @took_ms, bytes = @bytes, added = @added, users = @users, posts = @posts, files = @files
where operation_id = @operation_id;

-- name: SetBackupGone :execrows
update backups set expired_at = @now::timestamptz where id = @id and expired_at is null;

-- name: KeptBackups :many
select id, made_at::timestamptz as made_at, keep_days, held from backups
where workspace_id = @workspace_id and made_at is not null and expired_at is null
order by made_at desc, id desc;

-- name: DueBackups :many
-- Workspaces that have not been backed up since their time of the day, but for those in which nothing ran since the last backup. What failed is
-- tried again after an hour. Whose time it is first, comes first.
with c as (select @now::timestamptz as now)
select w.id from workspaces w, c
where w.state in ('running', 'stopped', 'hibernated') and w.tenant_id <> @canaries
  and w.created_at < backup_slot(w.id, c.now)
  and not exists (select from operations o where o.workspace_id = w.id and o.part = 'backups' and o.state in ('queued', 'running', 'undoing'))
  and not exists (select from backups b where b.workspace_id = w.id and b.cause = 'schedule'
                  and b.asked_at <= c.now -- or the clock was put back since
                  and (b.made_at is not null and b.asked_at >= backup_slot(w.id, c.now) or b.asked_at >= c.now - interval '1 hour'))
  and not exists (select from backups b where b.workspace_id = w.id and b.made_at is not null and b.asked_at > w.updated_at and b.expired_at is null and w.state in ('stopped', 'hibernated'))
order by backup_slot(w.id, c.now), w.id
limit @most;

-- name: DueExpiries :many
-- Of each workspace the newest backup stays, whatever its time. What could not be done is tried again after an hour.
select distinct b.workspace_id
from backups b join workspaces w on w.id = b.workspace_id
where b.made_at is not null and b.expired_at is null and not b.held
  and b.made_at + make_interval(hours => 24 * b.keep_days) <= @now::timestamptz
  and w.state not in ('provisioning', 'removing', 'deleted')
  and exists (select from backups newer where newer.workspace_id = b.workspace_id and newer.expired_at is null and newer.made_at > b.made_at)
  and not exists (select from operations o where o.workspace_id = b.workspace_id and o.part = 'backups'
                  and (o.state in ('queued', 'running', 'undoing')
                       or o.kind = 'expire' and o.state = 'undone' and o.finished_at between clock_timestamp() - interval '1 hour' and clock_timestamp()))
limit @most;

-- name: LockParts :many
-- What goes on with a part of a workspace.
select id from operations
where workspace_id = @workspace_id and part <> '' and state in ('queued', 'running') for update;

-- name: SetBackupUnmade :exec
update backups set made_at = null where operation_id = @operation_id;

-- name: ForgetBackups :exec
delete from backups where workspace_id = @workspace_id;
