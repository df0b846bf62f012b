-- name: BookmarksOfChannel :many
-- Those that are there, in their order, and those that changed since a time, the deleted among them.
select * from bookmarks b where b.channel_id = @channel_id and (case when @since::bigint = 0 then b.delete_at = 0 else b.update_at >= @since end)
order by b.sort_order, b.id;

-- name: InsertBookmark :one
-- At the end, if there is room.
insert into bookmarks (id, channel_id, owner_id, file_id, create_at, update_at, display_name, sort_order, link_url, image_url, emoji, type)
select @id, @channel_id, @owner_id, @file_id, @now, @now, @display_name, count(*), @link_url, @image_url, @emoji, @type
from bookmarks b where b.channel_id = @channel_id and b.delete_at = 0
having count(*) < @most::bigint
returning *;

-- name: BookmarkInChannel :one
select * from bookmarks where id = @id and channel_id = @channel_id and delete_at = 0;

-- name: UpdateBookmark :one
update bookmarks set update_at = greatest(@now, update_at + 1), file_id = @file_id, display_name = @display_name, link_url = @link_url, image_url = @image_url, emoji = @emoji
where id = @id and delete_at = 0 returning *;

-- name: DeleteBookmark :one
update bookmarks set delete_at = @now, update_at = greatest(@now, update_at + 1) where id = @id and delete_at = 0 returning *;

-- name: PlaceBookmarks :exec
-- The places of a channel's bookmarks, in this order.
update bookmarks b set sort_order = place.at - 1, update_at = greatest(@now, b.update_at + 1)
from unnest(@ids::uuid[]) with ordinality as place (id, at) where b.id = place.id and b.sort_order <> place.at - 1;

-- name: BookmarkedIn :many
-- The channels that have a file at their top.
select distinct channel_id from bookmarks where file_id = @file_id and delete_at = 0;

-- name: FileToBookmark :one
-- An upload of the user to the channel that no post has.
select * from files where id = @id and creator_id = @user_id and channel_id = @channel_id and post_id is null and delete_at = 0;

-- name: FilesByIDs :many
select * from files where id = any(@ids::uuid[]) and delete_at = 0;
