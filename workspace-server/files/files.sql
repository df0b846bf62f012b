-- name: InsertFile :one
insert into files (id, creator_id, channel_id, create_at, update_at, name, extension, mime_type, size, width, height, drawable)
values (@id, @creator_id, @channel_id, @now, @now, @name, @extension, @mime_type, @size, @width, @height, @drawable)
returning *;

-- name: FileByID :one
select * from files where id = @id and delete_at = 0;

-- name: FilesOfPosts :many
select * from files where post_id = any(@post_ids::uuid[]) and delete_at = 0 order by post_id, position, id;

-- name: GiveUpUploads :exec
-- From here on no post can have them.
update files set delete_at = @now, update_at = @now
where id in (select f.id from files f where f.post_id is null and f.create_at < @before and f.delete_at = 0
               and not exists (select from scheduled_posts s where f.id = any(s.file_ids))
               and not exists (select from drafts d cross join unnest(d.file_ids) as has(id) where has.id = f.id)
               and not exists (select from bookmarks b where b.file_id = f.id and b.delete_at = 0)) and post_id is null;

-- name: GoneFiles :many
-- Uploads that were given up, and files whose post was deleted long enough ago. What a bookmark has waits for that to go.
select f.id from files f where f.delete_at > 0 and (f.post_id is null or f.delete_at < @before)
  and not exists (select from bookmarks b where b.file_id = f.id and b.delete_at = 0) order by f.delete_at limit @max_rows;

-- name: DeleteFile :exec
-- A bookmark that is deleted too forgets it.
with forgotten as (
    update bookmarks b set file_id = null from files f where f.id = @id and f.delete_at > 0 and b.file_id = f.id and b.delete_at > 0
)
delete from files where files.id = @id and files.delete_at > 0;

-- name: LinkSecret :one
select link_secret from workspace;
