-- name: AddCanaryTenant :exec
insert into tenants (id, name, plan, created_at) values (@id, @name, 'enterprise', @created_at) on conflict (id) do nothing;

-- name: NoteBorder :one
-- Answers whether this is news.
with before as (select b.outcome from borders b where b.cell_id = @cell_id and b.border = @border)
insert into borders as b (cell_id, border, outcome, detail, tries, since, tried_at)
values (@cell_id, @border, @outcome, @detail, 1, @at, @at)
on conflict (cell_id, border) do update
set outcome = excluded.outcome, detail = excluded.detail, tries = b.tries + 1, tried_at = excluded.tried_at,
    since = case when b.outcome = excluded.outcome then b.since else excluded.since end
returning coalesce((select before.outcome from before), 'held') <> b.outcome as news;

-- name: ListBorders :many
select b.*, c.name as cell from borders b join cells c on c.id = b.cell_id
where c.state in ('ready', 'closed')
order by c.name, b.border;

-- name: ListCanariesOf :many
select * from workspaces where tenant_id = @tenant_id and cell_id = @cell_id and state <> 'deleted' order by id for update;
