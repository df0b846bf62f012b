-- name: InsertEmoji :one
insert into emoji (id, creator_id, create_at, update_at, name) values (@id, @creator_id, @now, @now, @name) returning *;

-- name: EmojiByID :one
select * from emoji where id = @id and delete_at = 0;

-- name: EmojiByNames :many
select * from emoji where name = any(@names::text[]) and delete_at = 0;

-- name: ListEmoji :many
select * from emoji where delete_at = 0 order by case when @by_name::bool then name end, create_at desc, id desc limit @max_rows offset @skip;

-- name: SearchEmoji :many
select * from emoji where delete_at = 0 and (lower(name) like @term::text || '%' or (not @prefix_only::bool and lower(name) like '%' || @term || '%'))
order by name limit @max_rows;

-- name: DeleteEmoji :execrows
update emoji set delete_at = @now, update_at = @now where id = @id and delete_at = 0;

-- name: CountEmoji :one
select count(*) from emoji where delete_at = 0;
