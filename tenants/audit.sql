-- name: AddAuditEvent :exec
insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
values (@id, @at, @tenant_id, @actor, @action, @subject, @request_id, @details);

-- name: ListAuditEvents :many
-- Of a tenant, or where that is null of the operators. Which filters there are decides over the index, so it has to be planned for them.
select * from audit_events
where (sqlc.narg(tenant_id)::uuid is null and tenant_id is null or tenant_id = sqlc.narg(tenant_id))
  and (sqlc.narg(action)::text is null or action = sqlc.narg(action))
  and (sqlc.narg(actor)::text is null or actor = sqlc.narg(actor))
  and (sqlc.narg(subject)::text is null or subject = sqlc.narg(subject))
  and (sqlc.narg(since)::timestamptz is null or at >= sqlc.narg(since))
  and (sqlc.narg(until)::timestamptz is null or at < sqlc.narg(until))
  and id >= @oldest and id < @before
order by id desc
limit @most;
