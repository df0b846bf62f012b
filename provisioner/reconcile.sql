-- name: RaiseEpoch :exec
update instances set epoch = greatest(epoch, @epoch) where id = @id;

-- name: QuarantinedStorages :many
select database_name from storages where cell_id = @cell_id and state = 'quarantined' order by id;

-- name: LockReconciliation :one
-- As long as the session lasts: two workers that compare the same cell at once would take what the other starts for a stray.
select pg_try_advisory_lock(hashtextextended(concat('reconcile ', sqlc.arg(cell_id)::uuid), 0));

-- name: UnlockReconciliation :exec
select pg_advisory_unlock(hashtextextended(concat('reconcile ', sqlc.arg(cell_id)::uuid), 0));
