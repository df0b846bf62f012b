-- name: AddReaction :one
-- Null when it is there already. The post changes with it, so that `since` reports it.
with added as (
    insert into reactions (post_id, user_id, emoji_name, channel_id, create_at)
    select p.id, @user_id, @emoji_name, p.channel_id, @now from posts p where p.id = @post_id and p.delete_at = 0
    on conflict do nothing
    returning *
), post as (
    update posts p set has_reactions = true, update_at = greatest(@now, p.update_at + 1) where p.id in (select added.post_id from added)
)
select * from added;

-- name: RemoveReaction :one
with gone as (
    delete from reactions g where g.post_id = @post_id and g.user_id = @user_id and g.emoji_name = @emoji_name returning g.*
), post as (
    update posts p set update_at = greatest(@now::bigint, p.update_at + 1),
        has_reactions = (select count(*) from reactions r where r.post_id = p.id) > 1
    from gone where p.id = gone.post_id
)
select * from gone;

-- name: CountDistinctReactions :one
select count(distinct emoji_name) from reactions where post_id = @post_id and emoji_name <> @emoji_name;

-- name: ReactionsOfPosts :many
select * from reactions where post_id = any(@post_ids::uuid[]) order by create_at, emoji_name;
