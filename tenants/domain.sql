-- name: AddDomain :exec
insert into domains (id, workspace_id, name, token, state, says, added_by, added_at, state_at, check_at)
values (@id, @workspace_id, @name, @token, 'pending', @says, @added_by, @now::timestamptz, @now::timestamptz, @now::timestamptz);

-- name: CountDomains :one
select count(*) from domains where workspace_id = @workspace_id;

-- name: GetDomain :one
select * from domains where workspace_id = @workspace_id and name = @name;

-- name: ListDomains :many
select * from domains where workspace_id = @workspace_id order by name;

-- name: RemoveDomain :exec
delete from domains where id = @id;

-- name: ForgetDomains :exec
delete from domains where workspace_id = @workspace_id;

-- name: ClearPrimaryDomain :exec
update domains set is_primary = false where workspace_id = @workspace_id and is_primary;

-- name: SetPrimaryDomain :exec
update domains set is_primary = true where id = @id;

-- name: CheckDomainAt :exec
update domains set check_at = least(check_at, @at::timestamptz) where id = @id;

-- name: HostsOfDomains :many
-- What edges serve a workspace at beside its own name.
select name, (is_primary and state = 'serving')::boolean as main from domains
where workspace_id = @workspace_id and state in ('verified', 'issuing', 'serving', 'failing')
order by name;

-- name: PrimaryDomain :one
select name from domains where workspace_id = @workspace_id and is_primary and state = 'serving';

-- name: GetRoute :one
select * from routes where workspace_id = @workspace_id;
