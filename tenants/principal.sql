-- name: GetRole :one
select role from members where tenant_id = @tenant_id and person_id = @person_id;
