-- name: LastEvent :one
-- Of the operator's.
select at from audit_events where tenant_id is null and action = @action order by id desc limit 1;
