-- name: AddOperation :exec
insert into operations (id, kind, state, cell_id, tenant_id, workspace_id, part, args, requested_by, reason, message, due_at,
                        nudged_at, created_at, traceparent, request_id)
values (@id, @kind, 'queued', @cell_id, @tenant_id, @workspace_id, @part, @args, @requested_by, @reason, @message, @created_at,
        @created_at, @created_at, @traceparent, @request_id);

-- name: GetOperation :one
select * from operations where id = @id;

-- name: ListSteps :many
select * from operation_steps where operation_id = @operation_id order by number;

-- name: ListOperations :many
select * from operations
where (@everywhere::boolean or tenant_id = any(@tenants::uuid[]))
  and (sqlc.narg(tenant_id)::uuid is null or tenant_id = sqlc.narg(tenant_id))
  and (sqlc.narg(workspace_id)::uuid is null or workspace_id = sqlc.narg(workspace_id))
  and (@state::text = '' or state = @state)
  and (not @dead::boolean or (state = 'undone' and cancelled_by = ''))
  and (not @stuck::boolean or (stuck_since is not null and finished_at is null))
  and id < @before
order by id desc
limit @most;
