-- name: NoteUses :exec
-- In the order of ids, as several edges tell of the same ones at the same time.
with used as (
    select w.id from workspaces w where w.id = any(@workspaces::uuid[]) and w.idle_since < @now::timestamptz order by w.id for no key update
)
update workspaces w set idle_since = @now::timestamptz from used u where w.id = u.id;

-- name: TellUses :exec
update edge_leases set uses_at = @now::timestamptz where id = @id;

-- name: KnowUses :exec
update edges
set uses_since = case when uses_at >= @gap::timestamptz then uses_since else @now::timestamptz end, uses_at = @now::timestamptz
where id = @id;

-- name: ListIdle :many
-- Workspaces that may be put to rest as far as they are concerned, of tenants that wait for no operation.
select w.id, w.tenant_id, w.idle_since, w.idle_after_s, t.plan
from workspaces w join tenants t on t.id = w.tenant_id
where w.state = 'running' and not w.always_on and w.idle_since <= @before::timestamptz and w.tenant_id <> @canaries
  and not exists (select from operations o where o.tenant_id = w.tenant_id and o.part = '' and o.state in ('queued', 'running', 'undoing'))
order by w.idle_since, w.id;

-- name: CountHibernations :one
select count(*) from operations where kind = 'hibernate' and state in ('queued', 'running', 'undoing');

-- name: SetIdle :exec
update workspaces set always_on = @always_on, idle_after_s = sqlc.narg(idle_after_s), updated_at = @now where id = @id;

-- name: CountWakes :many
select workspace_id, count(*) as wakes from operations
where workspace_id = any(@workspaces::uuid[]) and kind = 'wake' and state = 'succeeded' and finished_at > @after::timestamptz
group by workspace_id;

-- name: MendIdle :execrows
with edge as (
    update edges set uses_at = null, uses_since = null where uses_at > clock_timestamp() + interval '1 minute'
)
update workspaces set idle_since = clock_timestamp() where idle_since > clock_timestamp() + interval '1 minute';
