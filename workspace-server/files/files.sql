-- name: InsertFile :one
insert into files (id, creator_id, channel_id, create_at, update_at, name, extension, mime_type, size, width, height, drawable)
values (@id, @creator_id, @channel_id, @now, @now, @name, @extension, @mime_type, @size, @width, @height, @drawable)
returning *;

-- name: FileByID :one
select * from files where id = @id and delete_at = 0;

-- name: FilesOfPosts :many
select * from files where post_id = any(@post_ids::uuid[]) and delete_at = 0 order by post_id, position, id;

-- name: GiveUpUploads :many
-- From here on no post can have them. Those that an earlier tidy gave up and couldn't remove come again.
update files set delete_at = @now, update_at = @now
where id in (select f.id from files f where f.post_id is null and f.create_at < @before
               and not exists (select from scheduled_posts s where f.id = any(s.file_ids))
               and not exists (select from bookmarks b where b.file_id = f.id and b.delete_at = 0) order by f.create_at limit @max_rows) and post_id is null
returning id;

-- name: DeleteUpload :exec
delete from files where id = @id and post_id is null and delete_at > 0;
