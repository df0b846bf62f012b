-- name: LockOperation :one
select * from operations where id = @id for update;

-- name: CancelOperation :exec
update operations
set state = 'undoing', cancelled_by = @by, cancel_reason = @reason, message = @message, attempts = 0, due_at = clock_timestamp()
where id = @id;

-- name: HurryOperation :exec
update operations set due_at = clock_timestamp(), message = @message where id = @id;

-- name: LinkRetry :exec
update operations set retry_of = @retry_of where id = @id;

-- name: OperationsAhead :one
-- How many operations go on that keep this one from its place, and how many of its tenant began so lately that they may keep it back.
select count(*) filter (where l.id is not null and l.tenant_id is not distinct from o.tenant_id and (l.part <> '') = (o.part <> '')) as of_tenant,
       count(*) filter (where l.kind = o.kind) as of_kind,
       count(*) filter (where l.cell_id = o.cell_id) as in_cell,
       (select count(*) from operations b where b.tenant_id = o.tenant_id and (b.part <> '') = (o.part <> '')
           and b.started_at between clock_timestamp() - interval '10 seconds' and clock_timestamp()) as begun,
       exists (select from operations s where s.suspect and s.state in ('queued', 'running', 'undoing')
           and coalesce(s.tenant_id::text, s.kind) = coalesce(o.tenant_id::text, o.kind) and (s.part <> '') = (o.part <> '')) as suspect
from operations o left join operations l on l.id <> o.id and l.lease_until > clock_timestamp() and l.state in ('queued', 'running', 'undoing')
where o.id = @id
group by o.id;

-- name: UsualDuration :one
-- How long the last hundred of a kind took that succeeded, in seconds since somebody began: how long they stood in line says
-- nothing about others.
select count(*) as n,
       coalesce(percentile_cont(0.5) within group (order by seconds), 0)::float8 as median,
       coalesce(percentile_cont(0.95) within group (order by seconds), 0)::float8 as p95
from (select extract(epoch from finished_at - coalesce(started_at, created_at))::float8 as seconds from operations
      where kind = @kind and state = 'succeeded' order by finished_at desc limit 100) as lately;

-- name: PlaceInLine :one
-- How many operations of its tenant come before one that nobody has begun: those that go on, and those that are due before it.
select count(*) from operations l join operations o on o.tenant_id = l.tenant_id and o.id <> l.id
where o.id = @id and l.state in ('queued', 'running', 'undoing') and (l.part <> '') = (o.part <> '')
  and (l.started_at is not null or (l.due_at, l.id) < (o.due_at, o.id));

-- name: UsualStepDuration :one
select count(*) as n,
       coalesce(percentile_cont(0.5) within group (order by seconds), 0)::float8 as median,
       coalesce(percentile_cont(0.95) within group (order by seconds), 0)::float8 as p95
from (select extract(epoch from s.finished_at - s.started_at)::float8 as seconds
      from operation_steps s join operations o on o.id = s.operation_id
      where o.kind = @kind and s.name = @step and s.state = 'done' and o.state = 'succeeded'
      order by o.finished_at desc limit 100) as lately;

-- name: CountStuck :many
select kind, count(*) as n from operations where stuck_since is not null and finished_at is null group by kind;

-- name: MarkStuck :many
update operations set stuck_since = clock_timestamp()
where state in ('queued', 'running', 'undoing') and stuck_since is null
  and (attempts >= @attempts or interruptions >= @attempts or created_at < case when part = '' then @before::timestamptz else @part_before::timestamptz end)
returning *;

-- name: ListenOperations :exec
listen operations;
