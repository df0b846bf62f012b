-- name: GetRole :one
select role from members where tenant_id = @tenant_id and person_id = @person_id;

-- name: ListRoles :many
select tenant_id, role from members where person_id = @person_id;
