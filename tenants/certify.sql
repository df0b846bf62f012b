-- name: ListRemovals :many
select * from removals where workspace_id = @workspace_id and observed_at is not null
order by array_position(array['route', 'instance', 'database', 'role', 'bucket', 'credential', 'key', 'storage'], kind), name;

-- name: AddCertificate :exec
insert into certificates (workspace_id, issued_at, jws) values (@workspace_id, @issued_at, @jws);

-- name: GetCertificate :one
select jws from certificates where workspace_id = @workspace_id;

-- name: HeldSlugs :many
select slug, held_until from slugs where workspace_id = @workspace_id and state = 'held' order by slug;
