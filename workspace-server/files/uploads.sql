-- name: InsertUpload :one
insert into uploads (id, user_id, channel_id, create_at, update_at, filename, file_size)
select @id, @user_id, @channel_id, @now, @now, @filename, @file_size
where (select count(*) from uploads u where u.user_id = @user_id and u.file_id is null and u.delete_at = 0) < @most::bigint
returning *;

-- name: UploadByID :one
select * from uploads where id = @id and delete_at = 0;

-- name: UploadsOfUser :many
-- Those that are not finished.
select * from uploads where user_id = @user_id and file_id is null and delete_at = 0 order by create_at, id;

-- name: HoldUpload :one
update uploads set writer = @writer, held_until = @until, update_at = @now
where id = @id and file_offset = @file_offset and file_id is null and delete_at = 0 and (writer is null or held_until < @now) returning *;

-- name: KeepHoldingUpload :execrows
update uploads set held_until = @until, update_at = @now where id = @id and writer = @writer;

-- name: ReleaseUpload :exec
update uploads set writer = null where id = @id and writer = @writer;

-- name: InsertPiece :execrows
insert into upload_pieces (id, upload_id, begins_at) select @id, u.id, u.file_offset from uploads u where u.id = @upload_id and u.writer = @writer;

-- name: AdvanceUpload :one
update uploads set file_offset = file_offset + @size, pieces = pieces + 1, held_until = @until, update_at = @now
where id = @id and writer = @writer and file_offset = @begins_at returning *;

-- name: KeepPiece :exec
update upload_pieces set size = @size where id = @id;

-- name: PiecesOfUpload :many
select * from upload_pieces where upload_id = @upload_id and size > 0 order by begins_at;

-- name: FinishUpload :execrows
update uploads set file_id = @file_id, writer = null, update_at = @now where id = @id and writer = @writer and file_offset = file_size;

-- name: ForgetUploads :exec
-- From here on nobody can go on with them.
update uploads set delete_at = @now, writer = null where update_at < @before and delete_at = 0;

-- name: GonePieces :many
select p.id from upload_pieces p join uploads u on u.id = p.upload_id where u.delete_at > 0 or u.file_id is not null limit @max_rows;

-- name: DeletePiece :exec
delete from upload_pieces where id = @id;

-- name: DeleteUploads :exec
delete from uploads u where u.delete_at > 0 and not exists (select from upload_pieces p where p.upload_id = u.id);
