select count(*) from storages s join cells c on c.id = s.cell_id where c.name = $1 and s.workspace_id is not null
