-- name: ClaimOperation :one
update operations
set lease_owner = @owner::text,
    lease_until = clock_timestamp() + make_interval(secs => @seconds::float8),
    epoch = epoch + 1
where id = @id
  and state in ('queued', 'running', 'undoing')
  and (lease_until is null or lease_until < clock_timestamp())
  and due_at <= clock_timestamp()
returning *;

-- name: SetTraceparent :exec
update operations set traceparent = @traceparent where id = @id and epoch = @epoch;

-- name: RenewLease :one
update operations set lease_until = clock_timestamp() + make_interval(secs => @seconds::float8)
where id = @id and epoch = @epoch and lease_until > clock_timestamp()
returning cancelled_by <> '' as cancelled;

-- name: ReleaseLease :exec
update operations set lease_owner = null, lease_until = null where id = @id and epoch = @epoch;

-- name: CountInterruption :one
update operations set interruptions = interruptions + 1, interruption = @failure
where id = @id and epoch = @epoch and state in ('queued', 'running', 'undoing')
returning interruptions;

-- name: ReleaseInterrupted :exec
update operations
set lease_owner = null, lease_until = null, due_at = clock_timestamp() + make_interval(secs => @seconds::float8), message = @message
where id = @id;

-- name: FenceOperation :one
select id from operations
where id = @id and epoch = @epoch and lease_until > clock_timestamp()
for update;

-- name: HoldsLease :one
select exists (select from operations where id = @id and epoch = @epoch and lease_until > clock_timestamp());

-- name: Leases :many
-- First what the fewest workers had in hand so far, and of those the youngest.
select sqlc.embed(operations), lease_owner::text as owner, lease_until < clock_timestamp() as ran_out from operations
where state in ('queued', 'running', 'undoing') and lease_until is not null
order by operations.epoch, operations.id desc;

-- name: FreeLease :execrows
-- Nudged long ago, so that the next look finds it.
update operations
set lease_owner = null, lease_until = null, suspect = true, nudged_at = clock_timestamp() - interval '1 hour',
    due_at = greatest(due_at, clock_timestamp() + make_interval(secs => @seconds::float8)),
    message = case when @message::text <> '' then @message else message end
where id = @id and epoch = @epoch and lease_until is not null and lease_owner = @owner::text;
