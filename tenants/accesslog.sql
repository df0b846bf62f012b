-- name: NoteAccessLog :execrows
insert into access_log_standings (edge_id, until_at, told_at, segments, bytes, lost)
select e.id, least(@until_at::timestamptz, @now::timestamptz), @now::timestamptz, @segments::bigint, @bytes::bigint, @lost::bigint from edges e where e.id = @edge_id
on conflict (edge_id) do update
    set until_at = excluded.until_at, told_at = excluded.told_at, segments = excluded.segments, bytes = excluded.bytes,
        lost = access_log_standings.lost + excluded.lost;

-- name: ListAccessLogStandings :many
select * from access_log_standings;

-- name: IsEdge :one
select exists (select from edges where id = @id);

-- name: ListLoggedWorkspaces :many
select id from workspaces where id = any(@ids::uuid[]) and state not in ('removing', 'deleted');

-- name: ListAccessLogOwners :many
select id from workspaces where state not in ('removing', 'deleted') and id > @after order by id limit 1000;

-- name: ListAccessLogsToForget :many
-- Nobody adds to the log of a workspace that was deleted that long ago.
select w.id, coalesce(w.deleted_at <= @settled::timestamptz, false)::boolean as settled from workspaces w
where w.state in ('removing', 'deleted') and not exists (select from access_log_removals r where r.workspace_id = w.id)
order by w.id limit 1000;

-- name: EndAccessLog :exec
insert into access_log_removals (workspace_id, gone_at) values (@workspace_id, @now) on conflict do nothing;
