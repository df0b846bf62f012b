-- name: AddRestore :exec
insert into restores (id, restored_at, backup_at) values (@id, @now, @backup_at);

-- name: NewRouteHistory :exec
update route_clock set history = @history::uuid, version = version + 1;

-- name: RouteHistory :one
select coalesce(history::text, '')::text from route_clock;

-- name: ForgetAllSessions :execrows
delete from sessions;

-- name: ForgetAllConfirmations :exec
delete from confirmations;

-- name: ForgetAllIdempotencyKeys :exec
delete from idempotency_keys;

-- name: SkipUIDs :exec
-- Instances that were started after the backup have the next ones.
update cells set next_uid = next_uid + 1000;

-- name: FreeLeases :exec
update operations set lease_owner = null, lease_until = null, epoch = epoch + 1
where state in ('queued', 'running', 'undoing');

-- name: BreakOffMaking :many
-- What was being made at the time of the backup may have been finished, and used, since. Taking it back would destroy that.
update operations set state = 'undone', finished_at = @now::timestamptz, message = @message
where state in ('queued', 'running', 'undoing') and kind in ('prepare', 'provision')
returning workspace_id;

-- name: QuarantineStorages :execrows
update storages set state = 'quarantined', workspace_id = null
where state in ('making', 'blank') or workspace_id = any(@workspaces::uuid[]);

-- name: RemoveInstanceRows :exec
update instances set state = 'removed', removed_at = @now::timestamptz
where workspace_id = any(@workspaces::uuid[]) and state <> 'removed';

-- name: CloseRestingInstances :exec
-- They may have been woken since, and the engine knows of later generations of them.
update instances set state = 'removed', removed_at = @now::timestamptz where state = 'resting';

-- name: KeepStorageAside :one
-- What else there is of it can be found by this row only.
update storages set state = 'quarantined', workspace_id = null where workspace_id = @workspace_id returning id;

-- name: BreakOffOperations :exec
update operations set state = 'undone', finished_at = @now::timestamptz, message = @message
where workspace_id = @workspace_id and state in ('queued', 'running', 'undoing');

-- name: HasRoute :one
select exists (select from routes where workspace_id = @workspace_id and state <> 'gone');

-- name: NoteRestore :exec
update restores set document = @document, signature = @signature where id = @id;

-- name: UnarchivedRestores :many
select id, coalesce(document, '')::bytea as document, coalesce(signature, '')::bytea as signature from restores
where document is not null and archived_at is null order by restored_at;

-- name: SetRestoreArchived :exec
update restores set archived_at = clock_timestamp() where id = @id;

-- name: ListRestoreNotes :many
select coalesce(document, '')::bytea as document, coalesce(signature, '')::bytea as signature from restores where document is not null order by restored_at;
