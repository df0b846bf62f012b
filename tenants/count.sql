-- name: CountAllWorkspaces :many
select w.state, c.name as cell, count(*) as n from workspaces w join cells c on c.id = w.cell_id group by w.state, c.name;

-- name: CountOpenOperations :many
select kind, state, count(*) as n, coalesce(max(extract(epoch from clock_timestamp() - created_at)), 0)::float8 as oldest
from operations where state in ('queued', 'running', 'undoing') group by kind, state;

-- name: CountBlanks :many
select c.name as cell, count(s.id) as n from cells c left join storages s on s.cell_id = c.id and s.state = 'blank' group by c.name;

-- name: CountTenants :one
select count(*) from tenants;
