-- name: RaiseEpoch :exec
update instances set epoch = greatest(epoch, @epoch) where id = @id;

-- name: QuarantinedStorages :many
select database_name from storages where cell_id = @cell_id and state = 'quarantined' order by id;
