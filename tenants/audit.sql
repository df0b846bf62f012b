-- name: AddAuditEvent :exec
insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
values (@id, @at, @tenant_id, @actor, @action, @subject, @request_id, @details);

-- name: ListAuditEvents :many
select * from audit_events
where tenant_id = @tenant_id and id < @before
order by id desc
limit @most;

-- name: ListOperatorEvents :many
select * from audit_events
where tenant_id is null and id < @before
order by id desc
limit @most;
