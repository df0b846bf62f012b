-- name: InsertFile :one
insert into files (id, creator_id, channel_id, create_at, update_at, name, extension, mime_type, size, width, height)
values (@id, @creator_id, @channel_id, @now, @now, @name, @extension, @mime_type, @size, @width, @height)
returning *;

-- name: FileByID :one
select * from files where id = @id and delete_at = 0;

-- name: FilesOfPosts :many
select * from files where post_id = any(@post_ids::uuid[]) and delete_at = 0 order by post_id, position, id;
