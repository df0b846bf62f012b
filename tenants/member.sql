-- name: AddMember :exec
insert into members (tenant_id, person_id, role, created_at) values (@tenant_id, @person_id, @role, @created_at);

-- name: SetMember :one
insert into members (tenant_id, person_id, role, created_at) values (@tenant_id, @person_id, @role, @created_at)
on conflict (tenant_id, person_id) do update set role = excluded.role
returning created_at;

-- name: RemoveMember :execrows
delete from members where tenant_id = @tenant_id and person_id = @person_id;

-- name: HoldRole :one
-- Whoever takes the role away waits until this transaction is over.
select role from members where tenant_id = @tenant_id and person_id = @person_id for share;

-- name: ListOwners :many
select person_id from members where tenant_id = @tenant_id and role = 'owner';

-- name: ListMembers :many
select m.person_id, p.email, m.role, m.created_at
from members m join persons p on p.id = m.person_id
where m.tenant_id = @tenant_id and m.person_id < @before
order by m.person_id desc
limit @most;
