-- name: InsertIdentity :exec
-- The first `serve` of a workspace gives it the identity that clients remember it by.
insert into workspace (diagnostic_id, config_hash, installed_at)
values (@diagnostic_id, @config_hash, @installed_at)
on conflict do nothing;

-- name: Identity :one
select diagnostic_id, config_hash, installed_at, secret from workspace;
