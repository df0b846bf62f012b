-- name: AddTenant :exec
insert into tenants (id, name, plan, created_at) values (@id, @name, @plan, @created_at);

-- name: GetTenant :one
select * from tenants where id = @id;

-- name: LockTenant :one
-- Rows that refer to the tenant can still be written: whoever changes a route may have to, and holds what SetPlan waits for.
select * from tenants where id = @id for no key update;

-- name: ListTenants :many
select t.*, coalesce(m.role, '')::text as role
from tenants t left join members m on m.tenant_id = t.id and m.person_id = @person_id
where (m.role is not null or @as_operator::boolean)
  and (sqlc.narg(only_tenant)::uuid is null or t.id = sqlc.narg(only_tenant))
  and t.id < @before
order by t.id desc
limit @most;

-- name: SetPlan :exec
update tenants set plan = @plan where id = @id;
