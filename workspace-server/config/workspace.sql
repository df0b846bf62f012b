-- name: InsertIdentity :exec
-- The first `serve` of a workspace gives it the identity that clients remember it by.
insert into workspace (diagnostic_id, config_hash, installed_at)
values (@diagnostic_id, @config_hash, @installed_at)
on conflict do nothing;

-- name: Identity :one
select diagnostic_id, config_hash, installed_at, secret, signing_key from workspace;

-- name: Configuration :one
select version, settings from configuration;

-- name: BeginConfiguration :exec
-- There is a row that can be locked.
insert into configuration (version, update_at, settings)
values (0, @now, '{}')
on conflict do nothing;

-- name: LockConfiguration :one
select version, settings from configuration for update;

-- name: SetConfiguration :exec
update configuration set version = @version, update_at = @now, settings = @settings;

-- name: SetSigningKey :exec
-- The first that is made stays.
update workspace set signing_key = @signing_key where signing_key is null;
