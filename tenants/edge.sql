-- name: ListEdges :many
-- Every edge with each of its leases, and what is the newest version of which history.
select sqlc.embed(e), l.id as lease_id, l.version, l.history, l.heard_at, l.over_at, l.uses_at as lease_uses_at,
       (select coalesce(max(r.version), 0) from routes r)::bigint as newest, coalesce(c.history::text, '')::text as current_history
from route_clock c cross join edges e left join edge_leases l on l.edge_id = e.id
order by e.name, e.id, l.id;

-- name: FindEdges :many
select id from edges where id = @id or name = @name order by id;

-- name: ReadEdge :one
select * from edges where id = @id;

-- name: LockEdge :one
select * from edges where id = @id for update;

-- name: MeetEdge :execrows
insert into edges (id, name, met_at) values (@id, @name, @now) on conflict (id) do nothing;

-- name: RenameEdge :exec
update edges set name = @name where id = @id;

-- name: RenewLease :execrows
insert into edge_leases (id, edge_id, heard_at) values (@id, @edge_id, @now)
on conflict (id) do update set heard_at = excluded.heard_at
where edge_leases.edge_id = excluded.edge_id and edge_leases.over_at is null;

-- name: ConfirmLease :one
-- A version of the history before says nothing of this one.
with before as (select l.version, l.history from edge_leases l where l.id = @id)
insert into edge_leases (id, edge_id, version, history, heard_at) values (@id, @edge_id, @version, @history, @now)
on conflict (id) do update
    set heard_at = excluded.heard_at, history = excluded.history,
        version = case when edge_leases.history = excluded.history then greatest(edge_leases.version, excluded.version) else excluded.version end
where edge_leases.edge_id = excluded.edge_id and edge_leases.over_at is null
returning coalesce((select b.version < @version or b.history <> @history from before b), true)::boolean as news;

-- name: EndLeases :execrows
update edge_leases set over_at = @now::timestamptz where edge_id = @edge_id and id = any(@leases::uuid[]) and over_at is null;

-- name: FenceEdge :exec
update edges set fenced_at = @now::timestamptz, fenced_by = @fenced_by, told_at = null where id = @id;

-- name: UnfenceEdge :exec
update edges set fenced_at = null, fenced_by = '', told_at = null where id = @id;

-- name: TellFence :execrows
update edges set told_at = @now::timestamptz where id = @id and fenced_at is not null and told_at is null;

-- name: ForgetLeases :exec
delete from edge_leases where heard_at < @before::timestamptz and (over_at is null or over_at < @before::timestamptz);

-- name: ForgetEdges :exec
delete from edges e where e.fenced_at is null and e.met_at < @before::timestamptz and not exists (select from edge_leases l where l.edge_id = e.id);

-- name: MendLeases :execrows
update edge_leases set heard_at = clock_timestamp(), uses_at = null where heard_at > clock_timestamp() + interval '1 minute';

-- name: NotifyEdges :exec
select pg_notify('edges', '');

-- name: ListenEdges :exec
listen edges;
