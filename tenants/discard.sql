-- name: LockStorageNamed :one
select * from storages where cell_id = @cell_id and database_name = @name for update;

-- name: SetStorageRemoving :exec
update storages set state = 'removing' where id = @id;

-- name: AddUnownedStorage :exec
-- Nothing of it is ever opened again, so that its row has no secrets, and any release will do.
insert into storages (id, cell_id, state, database_name, role_name, files_bucket, exports_bucket, files_access, exports_access, key_name, secrets, release_id, created_at)
select @id, @cell_id, 'removing', @database_name, @role_name, @files, @exports, @files, @exports, @key_name, '', r.id, @now from releases r order by r.registered desc limit 1;

-- name: SetOperationStorage :exec
update operations set storage_id = @storage_id where id = @id;

-- name: SlugOf :one
select slug from workspaces where id = @id;
