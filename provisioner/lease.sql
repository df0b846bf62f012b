-- name: ClaimOperation :one
update operations
set lease_owner = @owner::text,
    lease_until = clock_timestamp() + make_interval(secs => @seconds::float8),
    epoch = epoch + 1
where id = @id
  and state in ('queued', 'running', 'undoing')
  and kind = any(@kinds::text[])
  and cell_id = any(@cells::uuid[])
  and (lease_until is null or lease_until < clock_timestamp())
  and due_at <= clock_timestamp()
returning epoch;

-- name: RenewLease :execrows
update operations set lease_until = clock_timestamp() + make_interval(secs => @seconds::float8)
where id = @id and epoch = @epoch and lease_until > clock_timestamp();

-- name: ReleaseLease :exec
update operations set lease_owner = null, lease_until = null where id = @id and epoch = @epoch;

-- name: FenceOperation :one
select id from operations
where id = @id and epoch = @epoch and lease_until > clock_timestamp()
for update;

-- name: HoldsLease :one
select exists (select from operations where id = @id and epoch = @epoch and lease_until > clock_timestamp());

-- name: DueOperations :many
update operations set nudged_at = clock_timestamp()
where id in (
    select o.id from operations o
    where o.state in ('queued', 'running', 'undoing')
      and o.kind = any(@kinds::text[])
      and o.cell_id = any(@cells::uuid[])
      and (o.lease_until is null or o.lease_until < clock_timestamp())
      and o.due_at <= clock_timestamp()
      and o.nudged_at < clock_timestamp() - interval '1 second'
    order by o.due_at
    limit 1000
    for update skip locked
)
returning id;
