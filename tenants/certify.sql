-- name: ListRemovals :many
select * from removals where workspace_id = @workspace_id and observed_at is not null
order by array_position(array['route', 'instance', 'database', 'role', 'bucket', 'credential', 'key', 'storage'], kind), name;

-- name: AddCertificate :exec
insert into certificates (workspace_id, issued_at, jws) values (@workspace_id, @issued_at, @jws);

-- name: GetCertificate :one
select jws from certificates where workspace_id = @workspace_id;

-- name: HeldSlugs :many
select slug, held_until from slugs where workspace_id = @workspace_id and state = 'held' order by slug;

-- name: TakeCertificate :exec
-- It was issued after the backup that was restored, and comes from the archive.
insert into certificates (workspace_id, issued_at, jws, archived_at) values (@workspace_id, @issued_at, @jws, @now::timestamptz)
on conflict do nothing;

-- name: UnarchivedCertificates :many
select workspace_id, jws from certificates where archived_at is null order by issued_at limit 100;

-- name: SetCertificateArchived :exec
update certificates set archived_at = @now::timestamptz where workspace_id = @workspace_id;
