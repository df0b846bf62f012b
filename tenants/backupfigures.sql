-- name: BackupFigures :many
-- How backups of workspaces go, by cell. A workspace has waited since it first ran after its newest backup, as far as is known: since it was woken, or
-- else since it came to run, or since that backup, if it rests now and did not then. What has expired is not looked at: of each workspace one is left.
with c as (select @now::timestamptz as now),
made as (
    select b.workspace_id, b.id, b.made_at, b.posts, b.files, b.added, b.took_ms,
        row_number() over (partition by b.workspace_id order by b.id desc) as nth
    from backups b where b.made_at is not null and b.expired_at is null
),
today as (
    select m.workspace_id, count(*) as n, sum(m.added) as added, max(m.took_ms) as took_ms from made m, c where m.made_at > c.now - interval '1 day' group by m.workspace_id
),
newest as (
    select w.id, w.cell_id, w.state, w.updated_at, m.id as backup, coalesce(m.made_at, w.created_at) as at,
        coalesce(2 * m.posts < before.posts or 2 * m.files < before.files, false) as shrunk
    from workspaces w
        left join made m on m.workspace_id = w.id and m.nth = 1
        left join made before on before.workspace_id = w.id and before.nth = 2
    where w.state in ('running', 'stopped', 'hibernated') and w.tenant_id <> @canaries
),
woken as (
    select n.id, min(o.finished_at) as at
    from newest n join operations o on o.workspace_id = n.id and o.kind = 'wake' and o.state = 'succeeded' and o.finished_at > n.at
    group by n.id
),
failed as (
    select n.id, count(*) as n
    from newest n join backups b on b.workspace_id = n.id and b.made_at is null and (n.backup is null or b.id > n.backup)
        join operations o on o.id = b.operation_id and o.state = 'undone'
    group by n.id
),
each as (
    select n.cell_id, n.shrunk, failed.n as failed, today.n as made, today.added, today.took_ms,
        case when n.state = 'running' then coalesce(woken.at, greatest(n.at, n.updated_at))
             when n.updated_at > n.at then coalesce(woken.at, n.at) end as since
    from newest n left join woken on woken.id = n.id left join failed on failed.id = n.id left join today on today.workspace_id = n.id
)
select cells.name as cell,
    coalesce(extract(epoch from max(c.now - each.since)), 0)::double precision as waited,
    (count(*) filter (where each.since < c.now - interval '26 hours'))::bigint as late,
    (count(*) filter (where each.shrunk))::bigint as shrunk,
    coalesce(max(each.failed), 0)::bigint as failed,
    coalesce(sum(each.made), 0)::bigint as made, coalesce(sum(each.added), 0)::bigint as added, coalesce(max(each.took_ms), 0)::bigint as took_ms
from c cross join cells left join each on each.cell_id = cells.id
group by cells.name;
