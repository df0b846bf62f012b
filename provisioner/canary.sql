-- name: ListCanaries :many
select w.id, w.cell_id, i.id as instance_id, i.admin, s.database_name, s.files_bucket
from workspaces w
join instances i on i.workspace_id = w.id and i.state = 'ready'
join storages s on s.workspace_id = w.id
where w.tenant_id = @tenant_id and w.state = 'running' and w.cell_id = any(@cells::uuid[])
order by w.cell_id, w.id;
