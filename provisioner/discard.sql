-- name: CellState :one
select state from cells where id = @id;

-- name: TakeBlanksAway :many
-- One that a workspace is taking now is left to it.
update storages set state = 'removing'
where id in (select s.id from storages s where s.cell_id = @cell_id and s.state = 'blank' for update skip locked)
returning id;

-- name: OthersInstances :many
-- Instances of other cells: cells of one machine may share its agent.
select id from instances where cell_id <> @cell_id and state <> 'removed';
